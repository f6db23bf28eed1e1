#include "models/forecast/fits.hpp"
#include "models/forecast/metrics.hpp"
#include "models/forecast/tpsl_rows.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace troupe {
namespace {

constexpr std::size_t folds = 4;
// Standard errors by which a score must beat the base rate. At 0 noise passes half the time, at
// 1.6 the real, small skill of wide stops is thrown away (both measured on BTC 2025).
constexpr double least_certainty = 1;

/// What both boosters said of every row without having seen it or its neighbours.
struct out_of_fold {
  std::vector<double> tp, timeout;
  double tp_rounds = 0, timeout_rounds = 0; // mean over the folds
};

booster_parameters tpsl_parameters() {
  booster_parameters p;
  p.objective = "binary:logistic";
  p.depth = 3;
  p.eta = .03;
  p.min_child_weight = 300;
  p.most_rounds = 300;
  return p;
}

/// Stops early on the newest rows; with `rounds` > 0 it makes just so many, from all rows.
checked_booster fit_outcome(const dataset& data, const tpsl_rows& rows,
                            const std::vector<std::uint32_t>& chosen, barrier event,
                            int rounds = 0) {
  labelled_rows train, watched;
  train.columns = watched.columns = tpsl_feature_count;
  const auto n = static_cast<double>(chosen.size());
  const auto cut = rounds > 0 ? chosen.size() : static_cast<std::size_t>((1 - watched_share) * n);
  const auto candle_of = [&](std::size_t i) { return data.samples[rows.all[i].sample].at; };
  const std::uint32_t border = cut < chosen.size() ? candle_of(chosen[cut]) : ~0u;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& row = rows.all[chosen[i]];
    // Trades still open where the watched rows begin would carry their outcome over.
    if (i < cut && candle_of(chosen[i]) + timeout_candles >= border) continue;
    auto& into = i < cut ? train : watched;
    const auto x = tpsl_row(data.samples[row.sample].features, row.stop_in_sigma);
    into.values.insert(into.values.end(), x.begin(), x.end());
    into.labels.push_back(row.outcome.hit == event ? 1.f : 0.f);
  }
  auto parameters = tpsl_parameters();
  if (rounds > 0) parameters.most_rounds = rounds;
  return fit_checked(parameters, train, watched, tpsl_feature_names());
}

double score(const tree_ensemble& trees, const dataset& data, const tpsl_entry& row) {
  const auto x = tpsl_row(data.samples[row.sample].features, row.stop_in_sigma);
  return static_cast<double>(trees.predict(x.data()));
}

/// Trains on the other folds, a time-out away from this one on both sides.
std::string predict_fold(const dataset& data, const tpsl_rows& rows, std::size_t fold,
                         out_of_fold& out) {
  const std::size_t from = rows.fold_begin(fold, folds), to = rows.fold_begin(fold + 1, folds);
  const std::uint32_t first = data.samples[rows.all[from].sample].at;
  const std::uint32_t last = data.samples[rows.all[to - 1].sample].at;
  std::vector<std::uint32_t> others;
  for (std::size_t i = 0; i < rows.all.size(); ++i) {
    const std::uint32_t at = data.samples[rows.all[i].sample].at;
    if (at + timeout_candles < first || at > last + timeout_candles)
      others.push_back(static_cast<std::uint32_t>(i));
  }
  const auto tp = fit_outcome(data, rows, others, barrier::tp);
  if (!tp.error.empty()) return tp.error;
  const auto late = fit_outcome(data, rows, others, barrier::timeout);
  if (!late.error.empty()) return late.error;
  out.tp_rounds += static_cast<double>(tp.rounds) / folds;
  out.timeout_rounds += static_cast<double>(late.rounds) / folds;
  for (std::size_t i = from; i < to; ++i) {
    out.tp[i] = score(*tp.trees, data, rows.all[i]);
    out.timeout[i] = score(*late.trees, data, rows.all[i]);
  }
  return {};
}

/// Both candidates for the probability of every row, each made without its fold: the calibrated
/// score, and the rate of its stop bucket.
struct judged_rows {
  std::vector<double> calibrated, rate;
};

judged_rows cross_calibrate(const tpsl_rows& rows, const std::vector<double>& scores,
                            barrier event) {
  judged_rows out{scores, scores};
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const std::size_t from = rows.fold_begin(fold, folds), to = rows.fold_begin(fold + 1, folds);
    std::vector<scored_event> others;
    std::array<double, stop_buckets> came{}, seen{};
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (i >= from && i < to) continue;
      const bool hit = rows.all[i].outcome.hit == event;
      others.push_back({scores[i], hit});
      came[rows.all[i].bucket] += hit;
      ++seen[rows.all[i].bucket];
    }
    const auto map = fit_calibration(others, 1);
    const double overall = base_rate(others);
    for (std::size_t i = from; i < to; ++i) {
      const std::size_t b = rows.all[i].bucket;
      out.rate[i] = seen[b] > 0 ? came[b] / seen[b] : overall;
      out.calibrated[i] = map ? map->apply(scores[i]) : out.rate[i];
    }
  }
  return out;
}

/// In which stop buckets the calibrated score beats the rate beyond doubt. Outcomes of one week
/// hang together, so weeks are the units that the doubt is measured in.
std::array<bool, stop_buckets> buckets_with_skill(const dataset& data, const tpsl_rows& rows,
                                                  const judged_rows& judged, barrier event) {
  std::array<std::map<utc_ms, double>, stop_buckets> gains;
  for (std::size_t i = 0; i < rows.all.size(); ++i) {
    const auto& row = rows.all[i];
    const double y = row.outcome.hit == event ? 1 : 0;
    gains[row.bucket][data.samples[row.sample].time / (7 * day_ms)] +=
        std::pow(y - judged.rate[i], 2) - std::pow(y - judged.calibrated[i], 2);
  }
  std::array<bool, stop_buckets> out{};
  for (std::size_t b = 0; b < stop_buckets; ++b) {
    double sum = 0, squares = 0;
    for (const auto& week : gains[b]) {
      sum += week.second;
      squares += week.second * week.second;
    }
    out[b] = sum > least_certainty * std::sqrt(squares);
  }
  return out;
}

/// Figures of one kind of stop, from what would have been stated without the fold's own rows.
void report(const tpsl_rows& rows, const out_of_fold& scores, const judged_rows& judged,
            const std::array<bool, stop_buckets>& by_score, stop_kind kind, const char* suffix,
            model_info& info) {
  std::vector<scored_event> raw, stated, rate;
  double late = 0;
  for (std::size_t i = 0; i < rows.all.size(); ++i) {
    const auto& row = rows.all[i];
    if (row.kind != kind) continue;
    const bool came = row.outcome.hit == barrier::tp;
    raw.push_back({scores.tp[i], came});
    rate.push_back({judged.rate[i], came});
    stated.push_back({by_score[row.bucket] ? judged.calibrated[i] : judged.rate[i], came});
    late += row.outcome.hit == barrier::timeout;
  }
  const auto put = [&](const char* name, double value) {
    info.metrics.emplace_back(std::string(name) + suffix, value);
  };
  const double blind = brier(rate);
  put("base_rate", base_rate(raw));
  put("timeout_rate", raw.empty() ? 0 : late / static_cast<double>(raw.size()));
  put("auc", area_under_curve(raw));
  put("brier", brier(stated));
  put("brier_skill", blind > 0 ? 1 - brier(stated) / blind : 0);
  put("calibration_error", calibration_error(stated));
  put("accuracy", accuracy(stated));
  put("n", static_cast<double>(raw.size()));
}

std::vector<scored_event> events(const tpsl_rows& rows, const std::vector<double>& scores,
                                 barrier event) {
  std::vector<scored_event> out;
  for (std::size_t i = 0; i < scores.size(); ++i)
    out.push_back({scores[i], rows.all[i].outcome.hit == event});
  return out;
}

/// Everything of the model but its trees.
void calibrate(const dataset& data, const tpsl_rows& rows, const out_of_fold& scores,
               tpsl_model& model, model_info& info) {
  model.stops = statistics(rows);
  const auto tp = cross_calibrate(rows, scores.tp, barrier::tp);
  const auto late = cross_calibrate(rows, scores.timeout, barrier::timeout);
  const auto tp_skill = buckets_with_skill(data, rows, tp, barrier::tp);
  const auto late_skill = buckets_with_skill(data, rows, late, barrier::timeout);
  const auto tp_map = fit_calibration(events(rows, scores.tp, barrier::tp), rows.per_fact);
  const auto late_map =
      fit_calibration(events(rows, scores.timeout, barrier::timeout), rows.per_fact);
  if (tp_map) model.tp_map = *tp_map;
  if (late_map) model.timeout_map = *late_map;
  for (std::size_t b = 0; b < stop_buckets; ++b) {
    model.stops[b].tp_by_score = tp_map && tp_skill[b];
    model.stops[b].timeout_by_score = late_map && late_skill[b];
  }
  report(rows, scores, tp, tp_skill, stop_kind::atr, "", info);
  report(rows, scores, tp, tp_skill, stop_kind::sigma_72, "_wide", info);
}

/// From all rows, with as many rounds as the folds took: the maps were fitted to scores so made.
std::string fit_all(const dataset& data, const tpsl_rows& rows, const out_of_fold& scores,
                    const std::string& name, tpsl_model& model, fit_result& out) {
  std::vector<std::uint32_t> all(rows.all.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  for (const auto event : {barrier::tp, barrier::timeout}) {
    const bool tp = event == barrier::tp;
    const double rounds = tp ? scores.tp_rounds : scores.timeout_rounds;
    auto made =
        fit_outcome(data, rows, all, event, std::max(1, static_cast<int>(std::lround(rounds))));
    if (!made.error.empty()) return made.error;
    (tp ? model.tp : model.timeout) = std::move(*made.trees);
    out.boosters.emplace_back(name + (tp ? "-tp" : "-timeout"), std::move(made.bytes));
  }
  return {};
}

} // namespace

fit_result fit_tpsl(const fit_task& task, const fit_progress& progress) {
  fit_result out;
  out.index = task.index;
  tpsl_model model;
  model.long_side = task.index / 2 == 0;
  model.rr = 2 + static_cast<int>(task.index % 2);
  const auto rows = make_tpsl_rows(*task.data, model.long_side, model.rr);
  if (rows.all.size() < 1000) {
    out.error = "too few trades without a gap to learn from";
    return out;
  }
  out_of_fold scores;
  scores.tp.resize(rows.all.size());
  scores.timeout.resize(rows.all.size());
  for (std::size_t fold = 0; fold < folds && out.error.empty(); ++fold) {
    out.error = predict_fold(*task.data, rows, fold, scores);
    if (progress) progress(static_cast<double>(fold + 1) / (folds + 1));
  }
  if (!out.error.empty()) return out;
  calibrate(*task.data, rows, scores, model, out.info);
  const auto short_name = task.name.substr(task.data->symbol.size() + 1);
  out.error = fit_all(*task.data, rows, scores, short_name, model, out);
  if (!out.error.empty()) return out;
  out.info.name = task.name;
  out.info.kind = "tpsl";
  out.info.rows = rows.all.size();
  out.tpsl = std::make_shared<const tpsl_model>(std::move(model));
  if (progress) progress(1);
  return out;
}

} // namespace troupe
