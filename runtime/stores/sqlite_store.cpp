#include "runtime/stores/sqlite_store.hpp"

#include "runtime/stores/market_tables.hpp"
#include "runtime/stores/store_queue.hpp"

namespace troupe {

spawned_store spawn_sqlite_store(caf::actor_system& system, const std::string& path,
                                 const sqlite_store_options& options) {
  spawned_store result;
  const std::shared_ptr<market_tables> tables =
      market_tables::open(path, options.busy_timeout_ms, options.max_pages, result.error);
  if (tables) result.handle = spawn_store_queue(system, tables, options, path);
  return result;
}

} // namespace troupe
