// One trade through the candles that followed its decision: when it is entered, how it ends, what
// it is worth. Stricter than the labels models learn from (forecast/barriers): it is filled at
// prices that could be had, and what does not fit is said.
//
//   entry     at the open of the candle after the decision; not at all when that open lies at or
//             beyond the stop or the target (a stop that is passed is no stop)
//   stop      at its price; a candle that opens beyond it fills at that open, which is worse
//   target    at its price; a candle that opens beyond it fills at the target all the same
//   tie       both inside one candle: the stop, since the order within is unknown
//   time-out  at the close of the 288th candle, the one of the entry included
//   R         the distance from the stated entry (the close of the decision) to the stop: what a
//             position would have been sized by
//   costs     basis points of the price entered at, for the round trip
#pragma once
#include "messages/candle.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe {

enum class trade_end : std::uint8_t { tp, sl, timeout, cut }; // cut: the data ended
std::string_view to_string(trade_end e);                      // "tp", "sl", "timeout", "cut"

/// What a signal states. Prices > 0, `stated` strictly between the other two.
struct trade_plan {
  bool long_side = true;
  double stated = 0, sl = 0, tp = 0;
  double rr = 2;
};

struct backtest_trade {
  utc_ms decided = 0, entered = 0, ended = 0; // open times of the candles
  bool long_side = true;
  trade_end end = trade_end::cut;
  double rr = 2, entry = 0, sl = 0, tp = 0, exit = 0; // prices as filled
  double gross_r = 0, cost_r = 0;
  std::uint32_t candles = 0; // in the position, >= 1

  double net_r() const { return gross_r - cost_r; }
};

/// Follows a plan decided at the close of `candles[decided]`; `count` candles are there. Nothing
/// when the next open lies beyond a barrier. @pre decided + 1 < count
std::optional<backtest_trade> run_trade(const trade_plan& plan, double round_trip_bp,
                                        const candle* candles, std::size_t decided,
                                        std::size_t count);

} // namespace troupe
