// How the models of one version do on what came after their training: sums by day, so that a window
// of days can be told at any time and nothing grows. Which predictions may count, and what came of
// them, is decided by who adds (live_judge).
#pragma once
#include "messages/outcome.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace troupe {

/// Range models: [horizon index * 2 + range_side]; TP/SL models: [side (long 0) * 2 + (rr - 2)].
inline constexpr std::size_t range_models = 2 * horizons.size(), tpsl_models = 4;

/// What one range model said at a close, and its baselines; fractions of the close.
struct stated_range {
  double mean = 0, har = 0, atr = 0;
  quantile_deltas quantiles{};
};
bool is_finite(const stated_range& said);

/// Mean pinball loss of all stated quantiles.
double pinball_loss(const stated_range& said, double outcome);

/// Days that scores look back: what a model is worth now.
inline constexpr std::size_t live_score_days = 30;

class live_scores {
public:
  /// Keeps the newest `days` days with any row; worst and best 30 days show where there are more.
  explicit live_scores(std::size_t days = live_score_days) : days_(days) {}

  /// `made`: time of the candle at whose close it was said, not before the newest day added so far
  /// less `days`. All finite.
  void add_range(std::size_t model, utc_ms made, const stated_range& said, double outcome);
  /// `stated`: the probability that the target is met first; `rate`: what a model that knows only
  /// its training's share of such trades would say.
  void add_trade(std::size_t model, utc_ms made, double stated, double rate, bool came);

  /// One per model that has any row, range models first. Figures of a range model: n, mae (of the
  /// mean), mae_median, mae_atr, r2, r2_har, r2_atr, skill_har, skill_atr (1 - squared error over
  /// theirs), pinball, coverage_q50, _q80, _q90 (share of outcomes below), coverage_80, _90 (inside
  /// q10..q90, q05..q95), accuracy (coverage_80), worst and best coverage of blocks of 30 days and
  /// of any 30 days in a row. Of a TP/SL model: n, base_rate, brier, brier_skill (against `rate`),
  /// calibration_error (ten bins, .05 wide but for the last), accuracy. `…_all`: since the version
  /// was first measured here.
  std::vector<model_scores> report(const symbol_name& symbol) const;

private:
  struct range_sums {
    std::uint64_t n = 0;
    double absolute = 0, absolute_median = 0, absolute_atr = 0;
    double squared = 0, squared_har = 0, squared_atr = 0;
    double sum = 0, sum_of_squares = 0, pinball = 0;
    std::array<std::uint64_t, quantile_levels.size()> under{};
    std::uint64_t in_80 = 0, in_90 = 0;
    void add(const range_sums& other);
  };
  struct bin {
    std::uint64_t n = 0, came = 0;
    double stated = 0;
  };
  struct trade_sums {
    std::uint64_t n = 0, came = 0, right = 0;
    double brier = 0, brier_rate = 0;
    std::array<bin, 10> bins{};
    void add(const trade_sums& other);
  };
  struct sums {
    std::int64_t day = 0; // since 1970
    utc_ms first = 0, last = 0;
    std::array<range_sums, range_models> ranges{};
    std::array<trade_sums, tpsl_models> trades{};
    void add(const sums& other);
    void span(utc_ms made);
  };
  using figures = std::vector<std::pair<std::string, double>>;

  sums* day_of(utc_ms made);
  figures range_figures(std::size_t model, const sums& window) const;
  static figures trade_figures(const trade_sums& t);
  void add_months(std::size_t model, std::size_t step, const char* name, figures& out) const;

  std::size_t days_;
  std::deque<sums> by_day_; // ascending
  sums all_;
};

} // namespace troupe
