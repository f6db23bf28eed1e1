// What became of a trade entered at a close: target, stop, or time. The labels of the TP/SL models
// and the outcome of signals. Costs and fills are not here (signal_rules, backtest).
#pragma once
#include "messages/candle.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

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

/// One trade followed candle by candle.
class followed_trade {
public:
  explicit followed_trade(const barrier_trade& trade);
  /// By its prices, all > 0; `rr` is the gross result at the target. Long where stop < entry.
  followed_trade(double entry, double stop, double target, double rr);

  /// Takes the next candle after the entry; the outcome where this one decides it. Both barriers
  /// inside one candle count as the stop: the order within is unknown.
  /// @pre no candle before decided it
  std::optional<barrier_outcome> step(const candle& c);

private:
  bool long_side() const { return stop_ < entry_; }
  double entry_, stop_, target_, rr_;
  std::uint32_t candles_ = 0;
};

/// Follows the trade through `count` candles after the entry, at most timeout_candles of them.
barrier_outcome follow(const barrier_trade& trade, const candle* after, std::size_t count);

} // namespace troupe
