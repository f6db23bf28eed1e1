// The linear HAR forecast of a range: ordinary least squares on range scales over several lengths
// of memory. It is the scale on which the boosted model corrects, and the baseline beside which
// every figure is printed. Inputs come from feature_builder::har.
#pragma once
#include "models/features.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace troupe {

struct har_model {
  /// One per input of a har_row, then the constant.
  std::array<double, 7> coefficients{};
  /// Forecasts never fall below it: in a calm hour a linear forecast may come near zero.
  double floor = 0;

  /// Expected delta as a fraction of the last close, > 0.
  double forecast(const har_row& in) const;
};

/// Sums of one least-squares fit, so that the rows need not be kept. O(1) memory.
class har_fit {
public:
  void add(const har_row& in, double target);
  std::size_t rows() const { return rows_; }

  /// Nothing when there are fewer than 100 rows or their mean is not positive.
  std::optional<har_model> solve() const;

private:
  std::array<std::array<double, 7>, 7> products_{};
  std::array<double, 7> targets_{};
  double sum_ = 0;
  std::size_t rows_ = 0;
};

} // namespace troupe
