#include "runtime/wall.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <utility>

namespace troupe {

std::int64_t wall_now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

utc_ms wall_now_ms() { return wall_now_us() / 1000; }

namespace {

struct told {
  trainer_actor trainer;
  store_actor store;
  apply_retention retention;
};

caf::behavior wall_behavior(caf::event_based_actor* self, const told& whom) {
  self->send(self, caf::tick_atom_v);
  return {[=, minutes = 0](caf::tick_atom) mutable {
    self->send(whom.trainer, wall_clock{wall_now_ms()});
    if (minutes++ % 60 == 0) {
      auto due = whom.retention;
      due.now = wall_now_ms();
      // What fails now is due again in an hour; the store itself reports why.
      self->request(whom.store, std::chrono::minutes(30), due)
          .then([](std::uint64_t) {}, [](const caf::error&) {});
    }
    self->delayed_send(self, std::chrono::minutes(1), caf::tick_atom_v);
  }};
}

} // namespace

caf::actor spawn_wall(caf::actor_system& system, trainer_actor trainer, store_actor store,
                      apply_retention retention) {
  return system.spawn(wall_behavior, told{std::move(trainer), std::move(store), retention});
}

} // namespace troupe
