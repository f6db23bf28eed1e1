#include "models/forecast/conformal.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {

namespace {

// Ratios of e^-6 to e^3 in steps of 0.22 %; what is smaller shares the first cell, what is larger
// the last. Their ends matter to no level between q05 and q95 of real outcomes.
constexpr std::size_t cells = 4096;
constexpr double lowest_log = -6, highest_log = 3;
constexpr double cell_width = (highest_log - lowest_log) / static_cast<double>(cells);

} // namespace

conformal_band::cell conformal_band::cell_of(float error) {
  if (!(error > 0)) return 0;
  const double at = (std::log(static_cast<double>(error)) - lowest_log) / cell_width;
  return static_cast<cell>(std::clamp(at, 0.0, static_cast<double>(cells - 1)));
}

// The ratio that lies at a share of a cell, 0 to 1. The first cell says 0: most of what falls there
// is exactly that, a side on which the price never went beyond the close.
double conformal_band::value_at(std::size_t at, double share) {
  return at == 0 ? 0 : std::exp(lowest_log + (static_cast<double>(at) + share) * cell_width);
}

void conformal_band::seed(const std::vector<float>& errors, double coverage) {
  *this = conformal_band{};
  const std::size_t n = std::min(errors.size(), window);
  cells_.reserve(n);
  for (auto i = errors.end() - static_cast<std::ptrdiff_t>(n); i != errors.end(); ++i)
    add(*i, false);
  inside_.reset();
  judged_ = judged_next_ = inside_count_ = 0;
  seed_coverage_ = coverage;
  refresh();
}

void conformal_band::add(float error, bool inside) {
  if (counts_.empty()) counts_.resize(cells);
  const auto added = cell_of(error);
  ++counts_[added];
  if (cells_.size() < window) {
    cells_.push_back(added);
  } else {
    --counts_[cells_[next_]];
    cells_[next_] = added;
    next_ = next_ + 1 == window ? 0 : next_ + 1;
  }
  inside_count_ -= inside_[judged_next_] ? 1 : 0;
  inside_count_ += inside ? 1 : 0;
  inside_[judged_next_] = inside;
  judged_next_ = judged_next_ + 1 == window ? 0 : judged_next_ + 1;
  judged_ = std::min(judged_ + 1, window);
}

void conformal_band::refresh() {
  if (cells_.empty()) return;
  const auto n = static_cast<double>(cells_.size());
  std::size_t at = 0;
  double below = 0; // errors in the cells before `at`
  for (std::size_t level = 0; level < quantile_levels.size(); ++level) {
    // The (n+1)q-th smallest: the finite-sample rule of split conformal prediction.
    const double rank = std::clamp(std::ceil((n + 1) * quantile_levels[level]), 1.0, n);
    while (below + counts_[at] < rank) below += counts_[at++];
    ratios_[level] = static_cast<float>(value_at(at, (rank - below - .5) / counts_[at]));
  }
}

double conformal_band::coverage() const {
  // What was not yet judged since the seed is spoken for by the seed.
  const auto rest = static_cast<double>(window - judged_);
  return (static_cast<double>(inside_count_) + rest * seed_coverage_) / static_cast<double>(window);
}

} // namespace troupe
