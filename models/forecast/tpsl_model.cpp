#include "models/forecast/tpsl_model.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {
namespace {

struct estimate {
  double p, error;
};

estimate estimated(bool by_score, const tree_ensemble& trees, const calibration_map& map,
                   const float* row, double rate, double facts) {
  if (!by_score) return {rate, std::sqrt(rate * (1 - rate) / std::max(facts, 1.0))};
  const double p = map.apply(static_cast<double>(trees.predict(row)));
  return {p, map.standard_error(p)};
}

} // namespace

const std::vector<std::string_view>& tpsl_feature_names() {
  static const auto names = [] {
    std::vector<std::string_view> all(feature_names.begin(), feature_names.end());
    all.push_back("stop_in_sigma");
    return all;
  }();
  return names;
}

std::size_t stop_bucket(double stop_in_sigma) {
  const auto at = std::upper_bound(stop_bucket_ends.begin(), stop_bucket_ends.end(), stop_in_sigma);
  return static_cast<std::size_t>(at - stop_bucket_ends.begin());
}

std::array<float, tpsl_feature_count> tpsl_row(const feature_row& features, double stop_in_sigma) {
  std::array<float, tpsl_feature_count> row{};
  std::copy(features.begin(), features.end(), row.begin());
  row.back() = static_cast<float>(std::clamp(stop_in_sigma, 0.0, 1e6));
  return row;
}

barrier_odds tpsl_model::odds(const feature_row& features, double stop_in_sigma) const {
  const auto row = tpsl_row(features, stop_in_sigma);
  const auto& seen = stops[stop_bucket(stop_in_sigma)];
  const auto hit = estimated(seen.tp_by_score, tp, tp_map, row.data(), seen.tp_rate, seen.facts);
  const auto late = estimated(seen.timeout_by_score, timeout, timeout_map, row.data(),
                              seen.timeout_rate, seen.facts);
  barrier_odds out;
  out.rr = rr;
  // Two models may together claim more than there is.
  const double claimed = std::max(1.0, hit.p + late.p);
  out.p_tp = hit.p / claimed;
  out.p_timeout = late.p / claimed;
  out.p_sl = std::max(0.0, 1 - out.p_tp - out.p_timeout);
  out.mean_timeout_r = seen.mean_timeout_r;
  out.expected_net_r = out.p_tp * rr - out.p_sl + out.p_timeout * out.mean_timeout_r;
  const double by_tp = (rr + 1) * hit.error, by_late = (1 + out.mean_timeout_r) * late.error;
  out.standard_error_r = std::sqrt(by_tp * by_tp + by_late * by_late);
  return out;
}

} // namespace troupe
