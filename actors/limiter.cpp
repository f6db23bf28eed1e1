#include "actors/limiter.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace troupe {

namespace {

struct limiter_state {
  window_counts counts;
  static inline const char* name = "limiter";
};

limiter_actor::behavior_type limiter(limiter_actor::stateful_pointer<limiter_state> self,
                                     plan_limits limits) {
  self->state.counts = window_counts{limits};
  return {
      [=](const take_allowance& request) { return self->state.counts.take(request); },
      [=](const get_usage& request) { return self->state.counts.report(request); },
      [=](const give_back& request) { self->state.counts.give_back(request); },
  };
}

} // namespace

limiter_actor spawn_limiter(caf::actor_system& system, plan_limits limits) {
  return system.spawn(limiter, limits);
}

} // namespace troupe
