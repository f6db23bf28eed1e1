// All kinds of models on the same candles, beside the simple forecasts they must beat: trained on
// the year before each block, tried on the block through the live path. What stays is decided by
// live scores elsewhere; this is the table one looks at before.
#pragma once
#include "models/forecast/walk_forward.hpp"

#include <array>
#include <string>
#include <vector>

namespace troupe {

/// How one predictor did, over all blocks.
struct compared {
  std::string name;                  // "k*ATR", or that of the kind
  std::vector<range_quality> ranges; // horizon by horizon, high before low
  /// Mean difference of QLIKE to the boosted trees, of both sides of a horizon, and its standard
  /// error over days: below 0 it is better than they are.
  std::array<double, horizons.size()> difference{}, standard_error{};
};

struct comparison {
  std::string error; // not empty: nothing else counts
  symbol_name symbol;
  walk_options options;
  std::vector<compared> predictors; // k*ATR, then the kinds as given
};

/// @pre `kinds` holds model_kind::xgboost. `progress` is told the share of the blocks done.
comparison compare_kinds(const symbol_name& symbol, const std::vector<candle>& candles,
                         const closure_rule& scheduled, const walk_options& options,
                         const std::vector<model_kind>& kinds,
                         const fit_runner& runner = run_in_turn, const fit_progress& progress = {});

} // namespace troupe
