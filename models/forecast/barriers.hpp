// What became of a trade entered at a close: target, stop, or time. The labels of the TP/SL models
// and the outcome of signals. Costs and fills are not here (signal_rules, backtest).
#pragma once
#include "messages/candle.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe {

/// A trade that touched neither barrier within so many candles is closed at the last of them.
inline constexpr std::size_t timeout_candles = 288;

enum class barrier : std::uint8_t { tp, sl, timeout };

struct barrier_outcome {
  barrier hit = barrier::timeout;
  double r = 0;              // gross result in units of the stop distance: rr, -1, or between
  std::uint32_t candles = 0; // until it was decided
};

struct barrier_trade {
  double entry = 0;         // > 0
  double stop_fraction = 0; // stop distance as a fraction of the entry, > 0
  double rr = 2;            // target distance over stop distance
  bool long_side = true;
};

/// Follows the trade through `count` candles after the entry, at most timeout_candles of them.
/// Both barriers inside one candle count as the stop: the order within is unknown.
barrier_outcome follow(const barrier_trade& trade, const candle* after, std::size_t count);

} // namespace troupe
