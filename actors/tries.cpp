#include "actors/tries.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace troupe {

namespace {

struct tries_state {
  try_counts counts;
  static inline const char* name = "tries";
};

tries_actor::behavior_type tries(tries_actor::stateful_pointer<tries_state> self,
                                 std::size_t per_minute) {
  self->state.counts = try_counts{per_minute};
  return {[=](const take_try& one) { return self->state.counts.take(one); }};
}

} // namespace

tries_actor spawn_tries(caf::actor_system& system, std::size_t per_minute) {
  return system.spawn(tries, per_minute);
}

} // namespace troupe
