#include "models/forecast/har.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {
namespace {

// As a share of the mean target: low enough never to bind in an ordinary calm hour.
constexpr double floor_share = .1;
// Inputs are collinear when a market stands still; a trace of ridge keeps the solution finite.
constexpr double ridge = 1e-9;

using vector7 = std::array<double, 7>;

/// Gaussian elimination with partial pivoting; false when singular.
bool solve_in_place(std::array<vector7, 7>& a, vector7& b) {
  for (std::size_t c = 0; c < 7; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c + 1; r < 7; ++r)
      if (std::abs(a[r][c]) > std::abs(a[pivot][c])) pivot = r;
    if (!(std::abs(a[pivot][c]) > 1e-300)) return false;
    std::swap(a[c], a[pivot]);
    std::swap(b[c], b[pivot]);
    for (std::size_t r = c + 1; r < 7; ++r) {
      const double f = a[r][c] / a[c][c];
      for (std::size_t k = c; k < 7; ++k) a[r][k] -= f * a[c][k];
      b[r] -= f * b[c];
    }
  }
  for (std::size_t c = 7; c-- > 0;) {
    for (std::size_t k = c + 1; k < 7; ++k) b[c] -= a[c][k] * b[k];
    b[c] /= a[c][c];
  }
  return std::all_of(b.begin(), b.end(), [](double x) { return std::isfinite(x); });
}

} // namespace

double har_model::forecast(const har_row& in) const {
  double y = coefficients[6];
  for (std::size_t i = 0; i < in.size(); ++i) y += coefficients[i] * in[i];
  return std::max(y, floor);
}

void har_fit::add(const har_row& in, double target) {
  vector7 x{in[0], in[1], in[2], in[3], in[4], in[5], 1};
  for (std::size_t r = 0; r < 7; ++r) {
    for (std::size_t c = 0; c <= r; ++c) products_[r][c] += x[r] * x[c];
    targets_[r] += x[r] * target;
  }
  sum_ += target;
  ++rows_;
}

std::optional<har_model> har_fit::solve() const {
  if (rows_ < 100 || !(sum_ > 0)) return std::nullopt;
  auto a = products_;
  for (std::size_t r = 0; r < 7; ++r)
    for (std::size_t c = r + 1; c < 7; ++c) a[r][c] = a[c][r];
  for (std::size_t r = 0; r < 7; ++r) a[r][r] += ridge * a[r][r];
  har_model model;
  model.coefficients = targets_;
  if (!solve_in_place(a, model.coefficients)) return std::nullopt;
  model.floor = floor_share * sum_ / static_cast<double>(rows_);
  return model;
}

} // namespace troupe
