#include "models/forecast/conformal.hpp"
#include "models/forecast/fits.hpp"
#include "models/forecast/metrics.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {
namespace {

// Errors needed before a band may be judged: five days.
constexpr std::size_t least_band = 1440;

/// The rows of one horizon and side, in time order.
struct range_rows {
  const std::vector<sample>* samples;
  std::size_t h = 0, side = 0;
  std::vector<std::uint32_t> at; // whole ones

  const sample& row(std::size_t i) const { return (*samples)[at[i]]; }
  double delta(std::size_t i) const { return static_cast<double>(row(i).delta[h][side]); }
  const har_row& har(std::size_t i) const { return row(i).har[h]; }
};

range_rows rows_of(const fit_task& task) {
  range_rows rows{&task.data->samples, task.index / 2, task.index % 2, {}};
  for (std::size_t i = 0; i < task.data->samples.size(); ++i)
    if (task.data->samples[i].whole(rows.h)) rows.at.push_back(static_cast<std::uint32_t>(i));
  return rows;
}

/// Scale, trees and baseline learnt from the rows before `end`.
struct fitted_range {
  std::string error;
  range_model model;
  std::string bytes;
  double mean = 0; // of the target
};

labelled_rows ratios(const range_rows& rows, const har_model& har, std::size_t from,
                     std::size_t to) {
  labelled_rows out;
  out.columns = feature_count;
  out.reserve(to - from);
  for (std::size_t i = from; i < to; ++i) {
    const auto& x = rows.row(i).features;
    out.values.insert(out.values.end(), x.begin(), x.end());
    const double ratio = rows.delta(i) / har.forecast(rows.har(i));
    out.labels.push_back(static_cast<float>(std::clamp(ratio, least_label, most_label)));
  }
  return out;
}

bool fit_linear(const range_rows& rows, std::size_t end, fitted_range& out) {
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
  if (!solved) return false;
  out.model.har = *solved;
  out.model.atr_k = by_atr / atr_squared;
  return true;
}

fitted_range fit_until(const range_rows& rows, std::size_t end) {
  fitted_range out;
  out.model.horizon = horizons[rows.h];
  out.model.side = rows.side == 0 ? range_side::high : range_side::low;
  if (!fit_linear(rows, end, out)) {
    out.error = "the market did not move: nothing to learn a range from";
    return out;
  }
  const auto purge = static_cast<std::size_t>(horizons[rows.h]);
  const auto watched = static_cast<std::size_t>(watched_share * static_cast<double>(end));
  booster_parameters p;
  p.objective = "reg:gamma";
  const std::vector<std::string_view> names(feature_names.begin(), feature_names.end());
  auto made = fit_checked(p, ratios(rows, out.model.har, 0, end - watched - purge),
                          ratios(rows, out.model.har, end - watched, end), names);
  out.error = std::move(made.error);
  if (!out.error.empty()) return out;
  out.model.trees = std::move(*made.trees);
  out.bytes = std::move(made.bytes);
  return out;
}

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

/// Learns from the rows before `test`, measures on those after it, and leaves the errors made
/// there as the seed of `final_model`.
std::string validate(const range_rows& rows, std::size_t test, range_model& final_model,
                     model_info& info) {
  const auto h = static_cast<std::size_t>(horizons[rows.h]);
  const std::size_t end = test - h;
  const auto twin = fit_until(rows, end);
  if (!twin.error.empty()) return twin.error;
  error_sums boosted, har, atr;
  std::vector<double> outcomes, forecasts;
  for (std::size_t i = test; i < rows.at.size(); ++i) {
    const auto& row = rows.row(i);
    const double y = rows.delta(i), f = twin.model.forecast(row.features, rows.har(i));
    boosted.add(y, f, twin.mean);
    har.add(y, twin.model.har.forecast(rows.har(i)), twin.mean);
    atr.add(y, twin.model.atr_k * row.atr_fraction, twin.mean);
    outcomes.push_back(y);
    forecasts.push_back(f);
  }
  const auto bands = roll_bands(outcomes, forecasts, h, quantile_90(rows, end));
  const std::size_t seeds = std::min(conformal_band::window, outcomes.size());
  for (std::size_t i = outcomes.size() - seeds; i < outcomes.size(); ++i)
    final_model.seed_errors.push_back(static_cast<float>(outcomes[i] / forecasts[i]));
  final_model.seed_last = rows.row(rows.at.size() - 1).time;
  final_model.seed_coverage = bands.judged ? bands.share(bands.in_80) : .8;
  const auto n = static_cast<double>(boosted.rows());
  info.metrics = {
      {"n", n},
      {"n_independent", n / static_cast<double>(h)},
      {"r2", boosted.r2()},
      {"r2_har", har.r2()},
      {"r2_atr", atr.r2()},
      {"mae", boosted.mae()},
      {"mae_atr", atr.mae()},
      {"skill", bands.pinball_constant > 0 ? 1 - bands.pinball_band / bands.pinball_constant : 0},
      {"coverage_q80", bands.share(bands.under_q80)},
      {"coverage_q90", bands.share(bands.under_q90)},
      {"coverage_80", bands.share(bands.in_80)},
      // What a range model promises is its band; how often it kept the promise is its accuracy.
      {"accuracy", bands.share(bands.in_80)},
      {"coverage_90", bands.share(bands.in_90)}};
  return {};
}

} // namespace

fit_result fit_range(const fit_task& task, const fit_progress& progress) {
  fit_result out;
  out.index = task.index;
  const auto rows = rows_of(task);
  const std::size_t n = rows.at.size();
  // A quarter is held back, at least 30 days while that leaves the larger part to learn from.
  const std::size_t held = std::min(std::max(n / 4, conformal_band::window), n * 2 / 5);
  range_model trained;
  out.error = n < least_training_candles / 2 ? "too few candles without a gap between them"
                                             : validate(rows, n - held, trained, out.info);
  if (!out.error.empty()) return out;
  if (progress) progress(.5);
  auto fitted = fit_until(rows, n);
  out.error = std::move(fitted.error);
  if (!out.error.empty()) return out;
  fitted.model.seed_errors = std::move(trained.seed_errors);
  fitted.model.seed_last = trained.seed_last;
  fitted.model.seed_coverage = trained.seed_coverage;
  out.info.name = task.name;
  out.info.kind = "range";
  out.info.horizon = horizons[rows.h];
  out.info.rows = n;
  out.range = std::make_shared<const range_model>(std::move(fitted.model));
  out.boosters.emplace_back(task.name.substr(task.data->symbol.size() + 1),
                            std::move(fitted.bytes));
  if (progress) progress(1);
  return out;
}

} // namespace troupe
