// One trained TP/SL model: odds that a trade of one side and reward-to-risk ratio reaches its
// target, its stop, or neither in time. One model serves all stop distances, and so all horizons.
#pragma once
#include "messages/signal.hpp"
#include "models/features.hpp"
#include "models/forecast/calibration.hpp"
#include "models/forecast/trees.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace troupe {

/// The 24 features and the stop distance in units of sigma.
inline constexpr std::size_t tpsl_feature_count = feature_count + 1;
const std::vector<std::string_view>& tpsl_feature_names();

/// Upper ends of the stop buckets in units of sigma, between the stops that the product uses:
/// ATR and σ√6, σ√18, σ√36, σ√72. The last is open.
inline constexpr std::array<double, 3> stop_bucket_ends{3.3, 5.1, 7.2};
inline constexpr std::size_t stop_buckets = stop_bucket_ends.size() + 1;
std::size_t stop_bucket(double stop_in_sigma);

/// What happened to all trades with a stop of about that size. A score speaks only where its
/// calibrated Brier score beat the base rate out of fold, beyond chance; else the base rate does.
struct stop_statistics {
  double tp_rate = 0, timeout_rate = 0;
  double mean_timeout_r = 0; // E[R | time-out]
  double facts = 0;          // independent trades behind the rates
  bool tp_by_score = false, timeout_by_score = false;
};

struct tpsl_model {
  bool long_side = true;
  int rr = 2;
  tree_ensemble tp, timeout;
  calibration_map tp_map, timeout_map;
  std::array<stop_statistics, stop_buckets> stops{};

  /// Gross odds (expected_net_r is before costs).
  barrier_odds odds(const feature_row& features, double stop_in_sigma) const;
};

/// The row that both boosters see.
std::array<float, tpsl_feature_count> tpsl_row(const feature_row& features, double stop_in_sigma);

} // namespace troupe
