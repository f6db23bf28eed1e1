// One trained range model: how far the high (or the low) of the next candles will lie from the
// last close. A linear scale, corrected by trees; bands come from conformal.hpp.
#pragma once
#include "models/forecast/har.hpp"
#include "models/forecast/trees.hpp"

#include <algorithm>
#include <vector>

namespace troupe {

/// Where the target over its HAR scale is cut for training, and the correction when it is applied.
inline constexpr double least_label = 1e-4, most_label = 20;
inline constexpr double least_correction = .2, most_correction = 5;

struct range_model {
  int horizon = 0;
  range_side side = range_side::high;
  har_model har;
  tree_ensemble trees; // gamma: mean of delta / HAR
  double atr_k = 0;    // baseline: delta = atr_k * atr_fraction
  /// Ratios outcome / forecast that the model's twin made out of sample, one per candle, oldest
  /// first, and the open time of the newest prediction among them.
  std::vector<float> seed_errors;
  utc_ms seed_last = 0;
  double seed_coverage = 0; // share of them inside the q10..q90 rolled before them

  /// Expected delta as a positive fraction of the last close.
  double forecast(const feature_row& features, const har_row& scales) const {
    const auto correction = static_cast<double>(trees.predict(features.data()));
    return har.forecast(scales) * std::clamp(correction, least_correction, most_correction);
  }
};

} // namespace troupe
