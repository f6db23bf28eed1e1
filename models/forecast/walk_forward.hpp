// How good the models are, honestly: train on the year before a block, predict the block through
// the live path, go on to the next. Every figure stands beside its baselines. Nothing is printed
// here (quality_text.hpp) and nothing is stored.
#pragma once
#include "models/forecast/training.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troupe {

struct walk_options {
  utc_ms from = 0, to = 0; // tested: from <= open time < to
  int blocks = 4;          // each trained anew
  std::size_t train_candles = 365 * 288;
  int network_rounds = 60; // as in training_options
};

/// Of one horizon and side, over all blocks.
struct range_quality {
  int horizon = 0;
  range_side side = range_side::high;
  std::size_t n = 0; // overlapping; independent facts are about n / horizon
  double r2 = 0, r2_har = 0, r2_atr = 0, mae = 0, mae_atr = 0;
  double qlike = 0;     // mean gamma_loss against the training mean: lower is better
  double skill_q90 = 0; // pinball loss of the 90 % quantile against the training quantile
  double q50 = 0, q80 = 0, q90 = 0; // share of outcomes below the stated quantile
  double central_80 = 0, central_90 = 0;
  double worst_month_q90 = 0, best_month_q90 = 0; // of 30-day stretches
};

/// Of one stop, ratio and side, over all blocks.
struct tpsl_quality {
  bool wide = false; // σ·√72, else 1.5 ATR
  bool long_side = true;
  int rr = 2;
  std::size_t n = 0;
  double base_rate = 0, timeout_rate = 0;
  double auc = 0;         // of the raw score
  double brier_skill = 0; // of the stated probability, against the training base rate
  double calibration_error = 0;
};

struct quality {
  std::string error; // not empty: nothing else counts
  symbol_name symbol;
  walk_options options;
  std::vector<range_quality> ranges; // horizon by horizon, high before low
  std::vector<tpsl_quality> tpsl;
};

/// Runs the fits of one block; a caller with threads may spread them.
using fit_runner = std::function<std::vector<fit_result>(const std::vector<fit_task>&)>;
std::vector<fit_result> run_in_turn(const std::vector<fit_task>& tasks);

/// Models that know nothing of `candles[from]` and later, fitted to at most `train_candles` before.
struct trained_block {
  std::string error; // not empty: nothing else counts
  std::shared_ptr<const dataset> data;
  model_set_ptr models;
};
trained_block train_before(const symbol_name& symbol, const std::vector<candle>& candles,
                           std::size_t from, std::size_t train_candles,
                           const closure_rule& scheduled, const fit_runner& runner);

/// What a live stream is rebuilt from before it speaks (symbol_stream): so many candles before a
/// block are folded first.
inline constexpr std::size_t block_lead_candles = feature_warmup + 576;

/// Index of the first candle that does not open before `time`.
std::size_t index_at(const std::vector<candle>& candles, utc_ms time);

/// `progress` is told the share of the blocks done, 0 to 1.
quality walk_forward(const symbol_name& symbol, const std::vector<candle>& candles,
                     const closure_rule& scheduled, const walk_options& options,
                     const fit_runner& runner = run_in_turn, const fit_progress& progress = {});

} // namespace troupe
