// Rolling split conformal bands: what past outcomes were over their forecasts in the last 30 days
// says how far the next one may lie. One ring per horizon and side. Not here: which predictions
// have come due (forecaster.cpp).
#pragma once
#include "messages/forecast.hpp"

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe {

/// Ratios outcome / forecast at the levels of quantile_levels, ascending.
using quantile_ratios = std::array<float, quantile_levels.size()>;

class conformal_band {
public:
  /// Errors remembered: 30 days of base candles.
  static constexpr std::size_t window = 8640;

  /// Starts from the newest `window` of these errors (oldest first), with the share of them that
  /// lay inside q10..q90 at their time. Forgets what it knew, and refreshes.
  void seed(const std::vector<float>& errors, double coverage);

  /// Takes in one ratio outcome / forecast, >= 0. `inside`: it lay between the q10 and q90 then
  /// stated. O(1).
  void add(float error, bool inside);

  /// Brings ratios() up to date, to within 0.2 % of each; a few microseconds, since it must not be
  /// felt in a signal. Without any error all ratios are 1.
  void refresh();
  const quantile_ratios& ratios() const { return ratios_; }

  /// Share of the remembered outcomes that lay inside the q10..q90 stated for them.
  double coverage() const;
  std::size_t size() const { return cells_.size(); }

private:
  // Errors are kept as cells of a logarithmic scale: sorting 8,640 numbers would cost 200 µs.
  using cell = std::uint16_t;
  static cell cell_of(float error);
  static double value_at(std::size_t at, double share);

  std::vector<cell> cells_;           // a ring once full
  std::vector<std::uint16_t> counts_; // errors in each cell
  std::size_t next_ = 0;              // where the next error goes when full
  std::bitset<window> inside_;
  std::size_t judged_ = 0, judged_next_ = 0, inside_count_ = 0;
  double seed_coverage_ = 0;
  quantile_ratios ratios_ = [] {
    quantile_ratios ones{};
    ones.fill(1);
    return ones;
  }();
};

} // namespace troupe
