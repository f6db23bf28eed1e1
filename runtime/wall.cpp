#include "runtime/wall.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

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
  log_sink log;
};

// One symbol after the other, each counted back from its own newest candle: what a node keeps of a
// market does not depend on when that market was.
void retain(caf::event_based_actor* self, std::shared_ptr<const told> whom,
            std::shared_ptr<std::vector<candle_span>> left) {
  if (left->empty()) return;
  auto due = whom->retention;
  due.symbol = left->back().symbol;
  due.now = left->back().last + base_interval_ms;
  left->pop_back();
  self->request(whom->store, std::chrono::minutes(30), due)
      .then(
          [=](std::uint64_t deleted) {
            if (deleted > 0 && whom->log)
              whom->log(log_level::info,
                        due.symbol + ": " + std::to_string(deleted)
                            + " rows past their retention were deleted");
            retain(self, whom, left);
          },
          [](const caf::error&) {}); // due again in an hour; the store itself reports why
}

caf::behavior wall_behavior(caf::event_based_actor* self, std::shared_ptr<const told> whom) {
  self->send(self, caf::tick_atom_v);
  return {[=, minutes = 0](caf::tick_atom) mutable {
    self->send(whom->trainer, wall_clock{wall_now_ms()});
    if (minutes++ % 60 == 0)
      self->request(whom->store, std::chrono::minutes(1), get_spans{})
          .then(
              [=](std::vector<candle_span>& spans) {
                auto all = std::make_shared<std::vector<candle_span>>(std::move(spans));
                all->erase(std::remove_if(all->begin(), all->end(),
                                          [](const candle_span& s) { return s.rows == 0; }),
                           all->end());
                retain(self, whom, all);
              },
              [](const caf::error&) {});
    self->delayed_send(self, std::chrono::minutes(1), caf::tick_atom_v);
  }};
}

} // namespace

caf::actor spawn_wall(caf::actor_system& system, trainer_actor trainer, store_actor store,
                      apply_retention retention, log_sink log) {
  return system.spawn(wall_behavior,
                      std::make_shared<const told>(told{std::move(trainer), std::move(store),
                                                        std::move(retention), std::move(log)}));
}

} // namespace troupe
