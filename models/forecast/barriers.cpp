#include "models/forecast/barriers.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {

namespace {

double price_at(const barrier_trade& trade, double risks) {
  const double direction = trade.long_side ? 1 : -1;
  return trade.entry + direction * risks * (trade.entry * trade.stop_fraction);
}

} // namespace

followed_trade::followed_trade(const barrier_trade& trade)
    : followed_trade(trade.entry, price_at(trade, -1), price_at(trade, trade.rr), trade.rr) {}

followed_trade::followed_trade(double entry, double stop, double target, double rr)
    : entry_(entry), stop_(stop), target_(target), rr_(rr) {}

std::optional<barrier_outcome> followed_trade::step(const candle& c) {
  ++candles_;
  if (long_side() ? c.low <= stop_ : c.high >= stop_)
    return barrier_outcome{barrier::sl, -1, candles_};
  if (long_side() ? c.high >= target_ : c.low <= target_)
    return barrier_outcome{barrier::tp, rr_, candles_};
  if (candles_ < timeout_candles) return std::nullopt;
  return barrier_outcome{barrier::timeout, (c.close - entry_) / (entry_ - stop_), candles_};
}

barrier_outcome follow(const barrier_trade& trade, const candle* after, std::size_t count) {
  count = std::min(count, timeout_candles);
  followed_trade followed{trade};
  for (std::size_t i = 0; i < count; ++i)
    if (const auto decided = followed.step(after[i])) return *decided;
  if (count == 0) return {};
  const double risk = trade.entry * trade.stop_fraction, direction = trade.long_side ? 1 : -1;
  const double r = direction * (after[count - 1].close - trade.entry) / risk;
  return {barrier::timeout, r, static_cast<std::uint32_t>(count)};
}

} // namespace troupe
