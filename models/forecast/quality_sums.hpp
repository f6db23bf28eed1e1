// What walk_forward counts while it walks: one of these per horizon and side, and per stop, ratio
// and side.
#pragma once
#include "models/forecast/forecaster.hpp"
#include "models/forecast/metrics.hpp"
#include "models/forecast/walk_forward.hpp"

#include <vector>

namespace troupe {

/// What baselines say of the row under test.
struct range_baselines {
  double har = 0, atr = 0;
  double mean = 0, q90 = 0; // of the training rows
};

class range_sums {
public:
  /// `day30`: number of the 30-day stretch of the row.
  void add(double outcome, double forecast, const quantile_deltas& stated,
           const range_baselines& base, std::size_t day30);
  range_quality result() const;

private:
  struct stretch {
    std::size_t rows = 0, under = 0;
  };
  error_sums model_, har_, atr_;
  double loss_ = 0, pinball_model_ = 0, pinball_constant_ = 0;
  std::size_t q50_ = 0, q80_ = 0, q90_ = 0, in_80_ = 0, in_90_ = 0;
  std::vector<stretch> stretches_;
};

class tpsl_sums {
public:
  void add(double raw, double stated, double rate, bool came, bool late);
  tpsl_quality result() const;

private:
  std::vector<scored_event> raw_, stated_, rate_;
  std::size_t late_ = 0;
};

} // namespace troupe
