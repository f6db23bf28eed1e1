#include "models/forecast/barriers.hpp"

#include <algorithm>

namespace troupe {

barrier_outcome follow(const barrier_trade& trade, const candle* after, std::size_t count) {
  const double risk = trade.entry * trade.stop_fraction, reward = risk * trade.rr;
  const double direction = trade.long_side ? 1 : -1;
  const double stop = trade.entry - direction * risk, target = trade.entry + direction * reward;
  count = std::min(count, timeout_candles);
  for (std::size_t i = 0; i < count; ++i) {
    const auto taken = static_cast<std::uint32_t>(i + 1);
    const candle& c = after[i];
    if (trade.long_side ? c.low <= stop : c.high >= stop) return {barrier::sl, -1, taken};
    if (trade.long_side ? c.high >= target : c.low <= target) return {barrier::tp, trade.rr, taken};
  }
  if (count == 0) return {};
  const double r = direction * (after[count - 1].close - trade.entry) / risk;
  return {barrier::timeout, r, static_cast<std::uint32_t>(count)};
}

} // namespace troupe
