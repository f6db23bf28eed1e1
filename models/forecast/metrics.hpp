// Measures of forecasts against outcomes. Plain arithmetic; which rows are honest to measure on is
// decided by who calls.
#pragma once
#include "models/forecast/calibration.hpp"

#include <cstddef>
#include <vector>

namespace troupe {

/// Squared and absolute errors of one predictor, against a constant.
class error_sums {
public:
  /// `constant`: what a forecaster without any knowledge would say (the training mean).
  void add(double outcome, double forecast, double constant);
  void add(const error_sums& other);
  std::size_t rows() const { return rows_; }
  /// 1 - squared error over that of the constant; 0 without rows.
  double r2() const;
  double mae() const;

private:
  double squared_ = 0, squared_constant_ = 0, absolute_ = 0;
  std::size_t rows_ = 0;
};

/// QLIKE of a forecast > 0 of a positive quantity, against a constant that both are held to: 0 on
/// average for that constant when it is the mean, and the lower the better. Outcomes may be 0.
double gamma_loss(double outcome, double forecast, double constant);

/// Loss of a stated quantile.
double pinball(double outcome, double quantile, double level);

/// Area under the curve of true against false alarms; .5 when all scores are equal or one class
/// is missing. Sorts a copy.
double area_under_curve(const std::vector<scored_event>& events);

/// Mean squared distance of the probability from what came (0 or 1).
double brier(const std::vector<scored_event>& events);

/// Share of events that the probability called right, taking more than 1/2 for a yes.
double accuracy(const std::vector<scored_event>& events);

/// Mean distance between stated probability and frequency over ten bins of equal size.
double calibration_error(const std::vector<scored_event>& events);

/// Share of events that came.
double base_rate(const std::vector<scored_event>& events);

} // namespace troupe
