#include "runtime/stores/checkpointer.hpp"

#include "runtime/stores/sqlite_db.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace troupe {

namespace {

bool checkpoint_file(const std::string& path, std::uint32_t busy_timeout_ms) {
  std::string error;
  const auto db = sqlite_db::open(path, busy_timeout_ms, error);
  return db && db->exec("PRAGMA synchronous = FULL") && db->checkpoint();
}

checkpointer_actor::behavior_type checkpointer(checkpointer_actor::pointer, const std::string& path,
                                               std::uint32_t busy_timeout_ms) {
  return {[=](caf::flush_atom) { return checkpoint_file(path, busy_timeout_ms); }};
}

} // namespace

checkpointer_actor spawn_checkpointer(caf::actor_system& system, const std::string& path,
                                      std::uint32_t busy_timeout_ms, bool detached) {
  return detached ? system.spawn<caf::detached>(checkpointer, path, busy_timeout_ms)
                  : system.spawn(checkpointer, path, busy_timeout_ms);
}

} // namespace troupe
