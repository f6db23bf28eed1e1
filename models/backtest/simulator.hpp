// A strategy over scored closes: what it says at each, and the trades of one position at a time
// that come of it. Scores go in, trades come out; how scores are made is history.hpp's, what trades
// are worth report.hpp's.
#pragma once
#include "models/backtest/decision_hash.hpp"
#include "models/backtest/trade.hpp"
#include "models/market/calendar.hpp"

#include <cstdint>
#include <vector>

namespace troupe {

/// Closes of one horizon, ascending, each beside its candle. Not every candle has one: streams warm
/// up.
struct scored_history {
  std::vector<scored_close> closes;
  std::vector<std::uint32_t> at; // index of each close's candle
};

struct simulation {
  std::vector<backtest_trade> trades; // ascending
  std::uint64_t buys = 0, sells = 0, holds = 0;
  std::uint64_t beyond = 0;     // entries not taken: the next open lay beyond a barrier
  std::uint64_t before_gap = 0; // entries not taken: the next candle is missing
  decision_hash decisions;      // of every close, in a position or not
};

/// Judges every close; takes a signal when no trade is open. The next decision after a trade is
/// that at the close of the candle in which it ended.
simulation simulate(const strategy& rules, const trading_costs& costs, int horizon,
                    const std::vector<candle>& candles, const scored_history& history,
                    const calendar& hours);

} // namespace troupe
