#include "actors/limiter.hpp"

#include "models/plan_limits.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace troupe {

namespace {

struct limiter_state {
  window_counts counts;
  static inline const char* name = "limiter";
};

limiter_actor::behavior_type limiter(limiter_actor::stateful_pointer<limiter_state> self,
                                     std::size_t max_counts) {
  self->state.counts = window_counts{max_counts};
  return {
      [=](const take_allowance& request) { return self->state.counts.take(request); },
      [=](const get_usage& request) { return self->state.counts.report(request); },
      [=](const give_back& request) { self->state.counts.give_back(request); },
  };
}

} // namespace

limiter_actor spawn_limiter(caf::actor_system& system, std::size_t max_counts) {
  return system.spawn(limiter, max_counts);
}

} // namespace troupe
