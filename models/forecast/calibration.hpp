// From the score of a classifier to a probability that can be paid on: a monotone map fitted on
// out-of-fold predictions, and how far it may be off. Not here: when a score is not worth using at
// all and the base rate speaks instead (tpsl_model.hpp).
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace troupe {

/// A probability as scored, and whether the event came.
struct scored_event {
  double score = 0;
  bool came = false;
};

/// Platt's map on the log odds, slope >= 0, with the error of each tenth of the fitted events.
struct calibration_map {
  static constexpr std::size_t bins = 10;
  double intercept = 0, slope = 1;
  std::array<double, bins> upper{};           // calibrated probability where each bin ends
  std::array<double, bins> standard_errors{}; // sampling error, or the bin's own miss if larger

  /// In (0, 1), not falling in `score`.
  double apply(double score) const;
  double standard_error(double probability) const;
};

/// `events_per_fact`: how many overlapping events carry one independent fact, >= 1.
/// Nothing with fewer than 200 events or when all or none came.
std::optional<calibration_map> fit_calibration(const std::vector<scored_event>& events,
                                               double events_per_fact);

} // namespace troupe
