#include "models/forecast/held_out.hpp"

#include "models/forecast/conformal.hpp"
#include "models/forecast/metrics.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {
namespace {

// Errors needed before a band may be judged: five days.
constexpr std::size_t least_band = 1440;

/// Bands rolled over the test rows as they would have been live: the error of a row is known one
/// horizon later.
struct band_report {
  std::size_t judged = 0;
  double under_q80 = 0, under_q90 = 0, in_80 = 0, in_90 = 0;
  double pinball_band = 0, pinball_constant = 0;
  double share(double count) const { return judged ? count / static_cast<double>(judged) : 0; }
};

band_report roll_bands(const std::vector<double>& outcomes, const std::vector<double>& forecasts,
                       std::size_t horizon, double constant_q90) {
  conformal_band band;
  band_report out;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (i >= horizon)
      band.add(static_cast<float>(outcomes[i - horizon] / forecasts[i - horizon]), false);
    if (i % 288 == 0) band.refresh();
    if (band.size() < least_band) continue;
    const double y = outcomes[i];
    const auto at = [&](std::size_t q) {
      return forecasts[i] * static_cast<double>(band.ratios()[q]);
    };
    ++out.judged;
    out.under_q80 += y <= at(q80);
    out.under_q90 += y <= at(q90);
    out.in_80 += y >= at(q10) && y <= at(q90);
    out.in_90 += y >= at(q05) && y <= at(q95);
    out.pinball_band += pinball(y, at(q90), .9);
    out.pinball_constant += pinball(y, constant_q90, .9);
  }
  return out;
}

double quantile_90(const range_rows& rows, std::size_t end) {
  std::vector<double> ys(end);
  for (std::size_t i = 0; i < end; ++i) ys[i] = rows.delta(i);
  const auto at = ys.begin() + static_cast<std::ptrdiff_t>(end * 9 / 10);
  std::nth_element(ys.begin(), at, ys.end());
  return *at;
}

} // namespace

range_rows rows_of(const dataset& data, std::size_t index) {
  range_rows rows{&data.samples, index / 2, index % 2, {}};
  for (std::size_t i = 0; i < data.samples.size(); ++i)
    if (data.samples[i].whole(rows.h)) rows.at.push_back(static_cast<std::uint32_t>(i));
  return rows;
}

std::size_t first_held(std::size_t rows) {
  return rows - std::min(std::max(rows / 4, conformal_band::window), rows * 2 / 5);
}

float linear_fit::ratio(double delta, const har_row& scales) const {
  return static_cast<float>(std::clamp(delta / har.forecast(scales), least_label, most_label));
}

std::optional<linear_fit> fit_linear(const range_rows& rows, std::size_t end) {
  linear_fit out;
  har_fit har;
  double by_atr = 0, atr_squared = 0;
  for (std::size_t i = 0; i < end; ++i) {
    const double y = rows.delta(i), atr = rows.row(i).atr_fraction;
    har.add(rows.har(i), y);
    by_atr += y * atr;
    atr_squared += atr * atr;
    out.mean += y / static_cast<double>(end);
  }
  const auto solved = har.solve();
  if (!solved) return std::nullopt;
  out.har = *solved;
  out.atr_k = by_atr / atr_squared;
  return out;
}

std::vector<std::pair<std::string, double>>
judge_held_out(const range_rows& rows, const held_out& held, range_model& model) {
  const auto& base = held.linear;
  error_sums corrected, har, atr;
  std::vector<double> outcomes, forecasts;
  double loss = 0, loss_har = 0;
  for (std::size_t i = held.first; i < rows.size(); ++i) {
    const double y = rows.delta(i), scale = base.har.forecast(rows.har(i));
    const double f = scale * held.corrections[i - held.first];
    corrected.add(y, f, base.mean);
    har.add(y, scale, base.mean);
    atr.add(y, base.atr_k * rows.row(i).atr_fraction, base.mean);
    loss += gamma_loss(y, f, base.mean);
    loss_har += gamma_loss(y, scale, base.mean);
    outcomes.push_back(y);
    forecasts.push_back(f);
  }
  const auto bands = roll_bands(outcomes, forecasts, rows.horizon(),
                                quantile_90(rows, held.first - rows.horizon()));
  const std::size_t seeds = std::min(conformal_band::window, outcomes.size());
  model.seed_errors.clear();
  for (std::size_t i = outcomes.size() - seeds; i < outcomes.size(); ++i)
    model.seed_errors.push_back(static_cast<float>(outcomes[i] / forecasts[i]));
  model.seed_last = rows.row(rows.size() - 1).time;
  model.seed_coverage = bands.judged ? bands.share(bands.in_80) : .8;
  const auto n = static_cast<double>(corrected.rows());
  return {
      {"n", n},
      {"n_independent", n / static_cast<double>(rows.horizon())},
      {"r2", corrected.r2()},
      {"r2_har", har.r2()},
      {"r2_atr", atr.r2()},
      {"mae", corrected.mae()},
      {"mae_atr", atr.mae()},
      {"skill", bands.pinball_constant > 0 ? 1 - bands.pinball_band / bands.pinball_constant : 0},
      {"coverage_q80", bands.share(bands.under_q80)},
      {"coverage_q90", bands.share(bands.under_q90)},
      {"coverage_80", bands.share(bands.in_80)},
      // What a range model promises is its band; how often it kept the promise is its accuracy.
      {"accuracy", bands.share(bands.in_80)},
      {"coverage_90", bands.share(bands.in_90)},
      {"qlike", loss / n},
      {"qlike_har", loss_har / n}};
}

held_out mix_held_out(const range_rows& rows, const held_out& trees, const held_out& network,
                      member_weights& final_weights) {
  held_out out{trees.first, trees.linear, {}};
  weight_learner learner;
  const auto made = [&](std::size_t i) {
    return member_corrections{trees.corrections[i], network.corrections[i]};
  };
  for (std::size_t i = 0; i < trees.corrections.size(); ++i) {
    if (i >= rows.horizon()) { // its outcome is known by now
      const auto known = i - rows.horizon(), row = trees.first + known;
      const auto& linear = trees.linear;
      learner.add(made(known), static_cast<double>(linear.ratio(rows.delta(row), rows.har(row))));
    }
    out.corrections.push_back(mix(learner.weights(), made(i)));
  }
  final_weights = learner.weights();
  return out;
}

} // namespace troupe
