#include "actors/feeds/metronome.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace troupe {

metronome::metronome(feed_actor::pointer self, double speed)
    : self_(self), period_(static_cast<std::int64_t>(std::clamp(
                       static_cast<double>(base_interval_ms) * 1e6 / speed, 1e3, 1e15))) {}

void metronome::start() {
  if (going_) return;
  going_ = true;
  const auto now = self_->clock().now();
  due_ = now + period_;
  arm(now);
}

bool metronome::beat() {
  const auto now = self_->clock().now();
  if (!going_ || now < due_) return false;
  // Time lost while the node was too busy is lost: a burst of late candles would be no market.
  due_ = std::max(due_ + period_, now);
  arm(now);
  return true;
}

void metronome::arm(caf::actor_clock::time_point now) {
  self_->delayed_send(self_, std::chrono::nanoseconds{due_ - now}, caf::tick_atom::value);
}

} // namespace troupe
