#include "models/forecast/calibration.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {
namespace {

constexpr std::size_t fewest_events = 200;

double log_odds(double p) {
  p = std::clamp(p, 1e-6, 1 - 1e-6);
  return std::log(p / (1 - p));
}
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// Newton's method on the log likelihood of two parameters; a trace of ridge holds the slope.
void fit_platt(const std::vector<scored_event>& events, calibration_map& map) {
  double a = 0, b = 1;
  for (int round = 0; round < 30; ++round) {
    double ga = 0, gb = 0, haa = 1e-9, hab = 0, hbb = 1e-6;
    for (const auto& e : events) {
      const double x = log_odds(e.score), p = sigmoid(a + b * x);
      const double miss = (e.came ? 1 : 0) - p, weight = p * (1 - p);
      ga += miss;
      gb += miss * x;
      haa += weight;
      hab += weight * x;
      hbb += weight * x * x;
    }
    const double det = haa * hbb - hab * hab;
    if (!(det > 0)) break;
    const double da = (hbb * ga - hab * gb) / det, db = (haa * gb - hab * ga) / det;
    a += std::clamp(da, -1.0, 1.0);
    b += std::clamp(db, -1.0, 1.0);
    if (std::abs(da) + std::abs(db) < 1e-10) break;
  }
  map.intercept = a;
  map.slope = b;
}

/// A map that would turn the order round has learnt noise: it becomes the base rate.
void flatten(calibration_map& map, double base_rate) {
  map.slope = 0;
  map.intercept = log_odds(base_rate);
}

void measure_bins(const std::vector<scored_event>& events, double events_per_fact,
                  calibration_map& map) {
  std::vector<std::pair<double, bool>> sorted;
  sorted.reserve(events.size());
  for (const auto& e : events) sorted.emplace_back(map.apply(e.score), e.came);
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t bin = 0; bin < calibration_map::bins; ++bin) {
    const std::size_t from = sorted.size() * bin / calibration_map::bins;
    const std::size_t to = sorted.size() * (bin + 1) / calibration_map::bins;
    double stated = 0, came = 0;
    for (std::size_t i = from; i < to; ++i) {
      stated += sorted[i].first;
      came += sorted[i].second ? 1 : 0;
    }
    const auto n = static_cast<double>(to - from);
    const double p = came / n, facts = std::max(1.0, n / events_per_fact);
    const double sampling = std::sqrt(std::max(p * (1 - p), .01) / facts);
    map.upper[bin] = sorted[to - 1].first;
    map.standard_errors[bin] = std::max(sampling, std::abs(stated / n - p));
  }
}

} // namespace

double calibration_map::apply(double score) const {
  return std::clamp(sigmoid(intercept + slope * log_odds(score)), 1e-6, 1 - 1e-6);
}

double calibration_map::standard_error(double probability) const {
  for (std::size_t bin = 0; bin + 1 < bins; ++bin)
    if (probability <= upper[bin]) return standard_errors[bin];
  return standard_errors.back();
}

std::optional<calibration_map> fit_calibration(const std::vector<scored_event>& events,
                                               double events_per_fact) {
  const auto came = std::count_if(events.begin(), events.end(), [](auto& e) { return e.came; });
  const auto n = static_cast<std::ptrdiff_t>(events.size());
  if (events.size() < fewest_events || came == 0 || came == n) return std::nullopt;
  calibration_map map;
  fit_platt(events, map);
  if (!std::isfinite(map.intercept) || !std::isfinite(map.slope) || map.slope <= 0)
    flatten(map, static_cast<double>(came) / static_cast<double>(n));
  measure_bins(events, events_per_fact, map);
  return map;
}

} // namespace troupe
