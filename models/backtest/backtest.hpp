// A whole backtest: one stretch of history scored once, then every strategy asked for judged on it.
// Its pieces are made so that a caller with threads may spread them; the result is the same to the
// bit however they are spread.
#pragma once
#include "models/backtest/history.hpp"
#include "models/backtest/report.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace troupe {

struct backtest_options {
  history_options history;
  std::vector<strategy> strategies;
  trading_costs costs;
  std::uint32_t random_runs = 100; // to compare with
  std::uint64_t seed = 1;          // of those
};

/// Calls `piece(0)` to `piece(count - 1)`, each once, in any order and on any threads.
using piece_runner =
    std::function<void(std::size_t count, const std::function<void(std::size_t)>& piece)>;

/// One after the other on the caller's thread.
void run_pieces_in_turn(std::size_t count, const std::function<void(std::size_t)>& piece);

/// What one strategy did.
struct judged_strategy {
  backtest_report report;
  std::vector<backtest_trade> trades;
};

/// Every strategy over a scored history, with its comparison and hashes. @pre the history is not
/// empty
std::vector<judged_strategy> judge_strategies(const backtest_options& options,
                                              const std::vector<candle>& candles,
                                              const scored_history& history,
                                              const piece_runner& runner);

/// Told how far it is, 0 to 1, and what is being done; false ends it.
using backtest_progress = std::function<bool(double share, const char* step)>;

struct backtest_outcome {
  std::string error; // for people; not empty: nothing else counts
  std::vector<judged_strategy> judged;
};

/// All of it on the caller's thread, from candles as a store keeps them. Walking forward it trains,
/// which takes about half a minute a block of a year; else it takes a second.
backtest_outcome run_backtest(const backtest_options& options, const std::vector<candle>& raw,
                              const backtest_progress& progress);

} // namespace troupe
