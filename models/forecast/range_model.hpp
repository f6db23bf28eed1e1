// One trained range model: how far the high (or the low) of the next candles will lie from the
// last close. A linear scale, corrected by trees, by a network or by a mixture; bands come from
// conformal.hpp, the network's answers from whoever holds the window (forecaster).
#pragma once
#include "models/forecast/ensemble.hpp"
#include "models/forecast/har.hpp"
#include "models/forecast/recurrent.hpp"
#include "models/forecast/trees.hpp"

#include <algorithm>
#include <vector>

namespace troupe {

/// Where the target over its HAR scale is cut for training, and the correction when it is applied.
inline constexpr double least_label = 1e-4, most_label = 20;
inline constexpr double least_correction = .2, most_correction = 5;

inline double clipped_correction(float raw) {
  return std::clamp(static_cast<double>(raw), least_correction, most_correction);
}

struct range_model {
  int horizon = 0;
  range_side side = range_side::high;
  har_model har;
  member_weights weights; // of what corrects it
  tree_ensemble trees;    // gamma: mean of delta / HAR; empty where they have no weight
  double atr_k = 0;       // baseline: delta = atr_k * atr_fraction
  /// Ratios outcome / forecast that the model's twin made out of sample, one per candle, oldest
  /// first, and the open time of the newest prediction among them.
  std::vector<float> seed_errors;
  utc_ms seed_last = 0;
  double seed_coverage = 0; // share of them inside the q10..q90 rolled before them

  /// Expected delta as a positive fraction of the last close. `learnt` is what the set's network
  /// answers; it is not looked at by models that give it no weight.
  double forecast(const feature_row& features, const har_row& scales,
                  const network_answer& learnt) const {
    return har.forecast(scales) * correction(features, learnt);
  }

private:
  double correction(const feature_row& features, const network_answer& learnt) const {
    const auto network = [&] {
      const auto at = static_cast<std::size_t>(horizon_index(horizon)) * 2;
      return clipped_correction(learnt[at + (side == range_side::high ? 0 : 1)]);
    };
    const auto boosted = [&] { return clipped_correction(trees.predict(features.data())); };
    // A member alone answers to the bit what it would answer outside a mixture.
    if (weights.trees == 1) return boosted();
    if (weights.network == 1) return network();
    double sum = weights.har;
    if (weights.trees > 0) sum += weights.trees * boosted();
    if (weights.network > 0) sum += weights.network * network();
    return sum;
  }
};

} // namespace troupe
