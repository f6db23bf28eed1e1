// Base candles from a stream of minutes. One is made only when all of its minutes came: a minute
// without a trade and a minute that was lost look alike, so everything else is left to be asked
// for.
#pragma once
#include "messages/candle.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace troupe {

class minute_fold {
public:
  static constexpr unsigned minutes = base_interval_ms / minute_ms;

  /// A minute's candle, its open_time a multiple of a minute. Returns the base candle it completes.
  std::optional<candle> take(const candle& minute) {
    const auto slot = minute.open_time / base_interval_ms * base_interval_ms;
    if (minute.open_time % minute_ms != 0 || slot < slot_.open_time) return std::nullopt;
    if (slot > slot_.open_time) {
      slot_ = {};
      slot_.open_time = slot;
      seen_ = 0;
    }
    const auto at = static_cast<unsigned>((minute.open_time - slot) / minute_ms);
    if (at != seen_) return std::nullopt; // a hole, a repeated one, or one behind its turn
    if (seen_++ == 0) {
      slot_.open = minute.open;
      slot_.high = minute.high;
      slot_.low = minute.low;
    }
    slot_.high = std::max(slot_.high, minute.high);
    slot_.low = std::min(slot_.low, minute.low);
    slot_.close = minute.close;
    slot_.volume += minute.volume;
    if (seen_ < minutes) return std::nullopt;
    return slot_;
  }

private:
  candle slot_;
  unsigned seen_ = 0;
};

} // namespace troupe
