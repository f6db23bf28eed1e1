// What time it is at a provider: the newest time it has said, and how long ago that was. Ours may
// be wrong, and a stand-in's market may run faster than time; a candle is late or stale by the
// provider's clock alone.
#pragma once
#include "messages/time.hpp"

#include <algorithm>
#include <cstdint>

namespace troupe {

class provider_clock {
public:
  /// `speed`: how fast the provider's time passes beside ours; 1 but for a stand-in.
  explicit provider_clock(double speed) : speed_(speed) {}

  /// The provider said this time. One older than an earlier one was under way for longer.
  void hear(utc_ms at, std::int64_t steady_ms) {
    if (at <= heard_) return;
    heard_ = at;
    heard_at_ms_ = steady_ms;
  }

  bool known() const { return heard_ > 0; }

  /// 0 until it has been heard.
  utc_ms now(std::int64_t steady_ms) const {
    if (!known()) return 0;
    const auto since = std::max<std::int64_t>(steady_ms - heard_at_ms_, 0);
    return heard_ + scaled(since);
  }

  /// So much of our time in the provider's.
  utc_ms scaled(std::int64_t our_ms) const {
    return static_cast<utc_ms>(static_cast<double>(our_ms) * speed_);
  }

private:
  double speed_;
  utc_ms heard_ = 0;
  std::int64_t heard_at_ms_ = 0;
};

} // namespace troupe
