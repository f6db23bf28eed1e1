#include "models/forecast/conformal.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {

void conformal_band::seed(const std::vector<float>& errors, double coverage) {
  const std::size_t n = std::min(errors.size(), window);
  *this = conformal_band{};
  errors_.assign(errors.end() - static_cast<std::ptrdiff_t>(n), errors.end());
  seed_coverage_ = coverage;
  refresh();
}

void conformal_band::add(float error, bool inside) {
  if (errors_.size() < window) {
    errors_.push_back(error);
  } else {
    errors_[next_] = error;
    next_ = next_ + 1 == window ? 0 : next_ + 1;
  }
  inside_[judged_next_] = inside;
  judged_next_ = judged_next_ + 1 == window ? 0 : judged_next_ + 1;
  judged_ = std::min(judged_ + 1, window);
}

void conformal_band::refresh() {
  if (errors_.empty()) return;
  auto numbers = errors_;
  select(numbers.begin(), numbers.begin(), numbers.end(), 0, quantile_levels.size(),
         numbers.size());
}

/// Finds the levels [low, high) inside [from, to): the middle one first, which parts the numbers
/// for the others.
void conformal_band::select(numbers_iterator begin, numbers_iterator from, numbers_iterator to,
                            std::size_t low, std::size_t high, std::size_t count) {
  if (low == high) return;
  const std::size_t middle = (low + high) / 2;
  const auto n = static_cast<double>(count);
  // The (n+1)q-th smallest: the finite-sample rule of split conformal prediction.
  const double rank = std::clamp(std::ceil((n + 1) * quantile_levels[middle]), 1.0, n);
  const auto at = begin + static_cast<std::ptrdiff_t>(rank) - 1;
  if (at >= from && at < to) std::nth_element(from, at, to);
  ratios_[middle] = *at;
  select(begin, from, at, low, middle, count);
  select(begin, at, to, middle + 1, high, count);
}

double conformal_band::coverage() const {
  // What was not yet judged since the seed is spoken for by the seed.
  const auto rest = static_cast<double>(window - judged_);
  const auto inside = static_cast<double>(inside_.count());
  return (inside + rest * seed_coverage_) / static_cast<double>(window);
}

} // namespace troupe
