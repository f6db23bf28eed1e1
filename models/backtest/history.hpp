// How a stretch of history is scored: by the live stream itself, with models that had not seen it.
// Walking forward, each block is scored by models fitted to the candles before it; in sample, one
// given set scores all of it, which proves nothing about what it is worth. Blocks know nothing of
// each other, so they may be trained and scored in any order and on any threads.
#pragma once
#include "models/backtest/simulator.hpp"
#include "models/forecast/walk_forward.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troupe {

struct history_options {
  symbol_name symbol;
  int horizon = 18;
  utc_ms from = 0, to = 0; // judged: from <= open time < to; 0: see plan_history
  int blocks = 4;
  std::size_t train_candles = 365 * 288; // at most, before each block
  std::uint32_t fill_limit = 3;
  model_set_ptr models; // in sample; null: walk forward
};

/// A stretch scored by one set of models. Indices into the candles.
struct history_block {
  std::size_t lead = 0;         // folded from here
  std::size_t from = 0, to = 0; // judged: from <= i < to
  model_set_ptr models;         // null: to be trained
};

struct history_plan {
  std::string error; // for people; not empty: nothing else counts
  std::vector<history_block> blocks;
};

/// The candles of a file or store that a symbol would take, in order. Nothing is filled in: what no
/// market traded is not traded here either; the streams that score fill short gaps for themselves.
std::vector<candle> clean_history(const symbol_name& symbol, const std::vector<candle>& raw);

/// `candles`: a clean history. Without `from` a walk begins after a year of candles, or,
/// where there are fewer than two, in the middle; in sample, with the first candle. Without `to` it
/// ends with the last. A block has at least a day of candles.
history_plan plan_history(const std::vector<candle>& candles, const history_options& options);

/// Trains what a block lacks. Returns what went wrong, or "".
std::string train_block(history_block& block, const std::vector<candle>& candles,
                        const history_options& options, const fit_runner& runner);

/// Closes of the block at which the stream could speak. @pre block.models
scored_history score_block(const history_block& block, const std::vector<candle>& candles,
                           const history_options& options);

/// One history of blocks in their order.
scored_history joined(std::vector<scored_history> parts);

/// When a market was closed by schedule, as datasets ask it.
closure_rule closures_of(const symbol_name& symbol);

} // namespace troupe
