#include "models/forecast/comparison.hpp"

#include "models/forecast/conformal.hpp"
#include "models/forecast/forecaster.hpp"
#include "models/forecast/held_out.hpp"
#include "models/forecast/quality_sums.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace troupe {
namespace {

constexpr std::size_t outputs = 2 * horizons.size();
constexpr std::size_t least_block_candles = 288;

/// k × ATR with bands of its own, rolled as those of the models are.
class atr_predictor {
public:
  void learn(const dataset& data, std::size_t output) {
    const auto rows = rows_of(data, output);
    const auto linear = fit_linear(rows, rows.size());
    k_ = linear ? linear->atr_k : 0;
    std::vector<float> errors;
    for (std::size_t i = 0; i < rows.size(); ++i)
      errors.push_back(static_cast<float>(rows.delta(i) / (k_ * rows.row(i).atr_fraction)));
    band_.seed(errors, .8);
    waiting_.clear();
    rows_ = 0;
  }
  /// Takes the next row of the block; its outcome counts one horizon later.
  void step(const sample& s, std::size_t output) {
    forecast_ = k_ * s.atr_fraction;
    const auto horizon = static_cast<std::size_t>(horizons[output / 2]);
    if (waiting_.size() == horizon) {
      float& due = waiting_[rows_ % horizon];
      if (due >= 0) band_.add(due, false);
    } else {
      waiting_.push_back(-1);
    }
    waiting_[rows_ % horizon] = s.whole(output / 2)
        ? static_cast<float>(static_cast<double>(s.delta[output / 2][output % 2]) / forecast_)
        : -1;
    if (rows_++ % 288 == 0) band_.refresh();
  }
  double forecast() const { return forecast_; }
  quantile_deltas quantiles() const {
    quantile_deltas out{};
    for (std::size_t q = 0; q < out.size(); ++q)
      out[q] = forecast_ * static_cast<double>(band_.ratios()[q]);
    return out;
  }

private:
  double k_ = 0, forecast_ = 0;
  conformal_band band_;
  std::vector<float> waiting_; // errors of the last horizon's rows; below 0: not known
  std::size_t rows_ = 0;
};

/// Sums over the rows of one day.
struct day_sum {
  double difference = 0;
  std::size_t rows = 0;
};

struct predictor {
  std::string name;
  std::array<range_sums, outputs> ranges;
  std::array<double, outputs> loss{}; // of the row under test
  std::array<std::map<std::int64_t, day_sum>, horizons.size()> days;
};

struct comparer {
  const symbol_name& symbol;
  const std::vector<candle>& candles;
  const closure_rule& scheduled;
  const walk_options& options;
  const std::vector<model_kind>& kinds;
  const fit_runner& runner;
  std::array<atr_predictor, outputs> atr;
  std::array<range_baselines, outputs> base;
  std::vector<model_set_ptr> sets;
  std::vector<predictor> all; // k × ATR, then one per kind

  std::vector<candle> part(std::size_t from, std::size_t to) const {
    return {candles.begin() + static_cast<std::ptrdiff_t>(from),
            candles.begin() + static_cast<std::ptrdiff_t>(to)};
  }
  std::string train(std::size_t from);
  std::string walk(std::size_t from, std::size_t to);
  void judge(const sample& s, const std::vector<forecaster>& live);
  void judge_one(predictor& p, const sample& s, std::size_t output, double forecast,
                 const quantile_deltas& stated);
  std::size_t boosted() const;
};

std::string comparer::train(std::size_t from) {
  const std::size_t wanted = options.train_candles + feature_warmup;
  const auto data = std::make_shared<const dataset>(
      make_dataset(symbol, part(from > wanted ? from - wanted : 0, from), scheduled));
  training_options how;
  how.trained_at = data->candles.empty() ? 0 : data->candles.back().open_time;
  how.network_rounds = options.network_rounds;
  const auto plan = plan_training(data, how, kinds);
  if (!plan.error.empty()) return plan.error;
  const auto results = runner(plan.tasks);
  sets.clear();
  for (const auto kind : kinds) {
    how.kind = kind;
    auto whole = assemble(*data, results, how);
    if (!whole.error.empty()) return whole.error;
    sets.push_back(std::move(whole.made.models));
  }
  for (std::size_t o = 0; o < outputs; ++o) {
    atr[o].learn(*data, o);
    std::vector<double> ys;
    for (const auto& s : data->samples)
      if (s.whole(o / 2)) ys.push_back(static_cast<double>(s.delta[o / 2][o % 2]));
    base[o] = {};
    for (const double y : ys) base[o].mean += y / static_cast<double>(ys.size());
    const auto at = ys.begin() + static_cast<std::ptrdiff_t>(ys.size() * 9 / 10);
    std::nth_element(ys.begin(), at, ys.end());
    base[o].q90 = *at;
  }
  return {};
}

std::string comparer::walk(std::size_t from, std::size_t to) {
  auto error = train(from);
  if (!error.empty()) return error;
  const std::size_t end = std::min(candles.size(), to + static_cast<std::size_t>(horizons.back()));
  const auto data = make_dataset(
      symbol, part(from > block_lead_candles ? from - block_lead_candles : 0, end), scheduled);
  feature_builder features;
  std::vector<forecaster> live(sets.size());
  for (std::size_t k = 0; k < sets.size(); ++k) live[k].use(sets[k]);
  auto next = data.samples.begin();
  for (std::size_t i = 0; i < data.candles.size(); ++i) {
    const candle& c = data.candles[i];
    if (i > 0 && !follows(data.candles[i - 1], c, scheduled)) {
      features.restart();
      for (auto& one : live) one.restart();
    }
    features.push(c);
    for (auto& one : live) one.step(c, features);
    if (!features.ready()) continue;
    const sample& s = *next++;
    if (c.open_time >= candles[from].open_time && c.open_time <= candles[to - 1].open_time)
      judge(s, live);
  }
  return {};
}

std::size_t comparer::boosted() const {
  const auto at = std::find(kinds.begin(), kinds.end(), model_kind::xgboost) - kinds.begin();
  return static_cast<std::size_t>(at) + 1;
}

void comparer::judge_one(predictor& p, const sample& s, std::size_t output, double forecast,
                         const quantile_deltas& stated) {
  const auto y = static_cast<double>(s.delta[output / 2][output % 2]);
  const auto day30 = static_cast<std::size_t>((s.time - options.from) / (30 * day_ms));
  p.ranges[output].add(y, forecast, stated, base[output], day30);
  p.loss[output] = gamma_loss(y, forecast, base[output].mean);
}

void comparer::judge(const sample& s, const std::vector<forecaster>& live) {
  for (std::size_t o = 0; o < outputs; ++o) {
    atr[o].step(s, o);
    if (!s.whole(o / 2)) continue;
    base[o].atr = atr[o].forecast();
    base[o].har = sets[0]->ranges[o]->har.forecast(s.har[o / 2]);
    judge_one(all[0], s, o, atr[o].forecast(), atr[o].quantiles());
    for (std::size_t k = 0; k < live.size(); ++k) {
      const auto& f = live[k].ranges()[o / 2];
      judge_one(all[k + 1], s, o, o % 2 == 0 ? f.delta_high : f.delta_low,
                o % 2 == 0 ? f.high_quantiles : f.low_quantiles);
    }
    for (auto& p : all) {
      auto& day = p.days[o / 2][s.time / day_ms];
      day.difference += p.loss[o] - all[boosted()].loss[o];
      ++day.rows;
    }
  }
}

compared result_of(const predictor& p) {
  compared out;
  out.name = p.name;
  for (std::size_t o = 0; o < outputs; ++o) {
    out.ranges.push_back(p.ranges[o].result());
    out.ranges.back().horizon = horizons[o / 2];
    out.ranges.back().side = o % 2 == 0 ? range_side::high : range_side::low;
  }
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    double sum = 0, squares = 0, rows = 0;
    for (const auto& [day, d] : p.days[h]) {
      sum += d.difference;
      rows += static_cast<double>(d.rows);
    }
    if (rows == 0) continue;
    const double mean = sum / rows;
    for (const auto& [day, d] : p.days[h]) {
      const double off = d.difference - mean * static_cast<double>(d.rows);
      squares += off * off;
    }
    out.difference[h] = mean;
    out.standard_error[h] = std::sqrt(squares) / rows;
  }
  return out;
}

} // namespace

comparison compare_kinds(const symbol_name& symbol, const std::vector<candle>& candles,
                         const closure_rule& scheduled, const walk_options& options,
                         const std::vector<model_kind>& kinds, const fit_runner& runner,
                         const fit_progress& progress) {
  comparison out;
  out.symbol = symbol;
  out.options = options;
  const std::size_t from = index_at(candles, options.from), to = index_at(candles, options.to);
  const auto blocks = static_cast<std::size_t>(std::max(options.blocks, 1));
  if (to < from + blocks * least_block_candles) {
    out.error = symbol + ": fewer than a day of candles per block to test on";
    return out;
  }
  comparer c{symbol, candles, scheduled, options, kinds, runner, {}, {}, {}, {}};
  c.all.resize(kinds.size() + 1);
  c.all[0].name = "k*ATR";
  for (std::size_t k = 0; k < kinds.size(); ++k) c.all[k + 1].name = to_string(kinds[k]);
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t length = to - from;
    out.error = c.walk(from + length * b / blocks, from + length * (b + 1) / blocks);
    if (!out.error.empty()) return out;
    if (progress) progress(static_cast<double>(b + 1) / static_cast<double>(blocks));
  }
  for (const auto& p : c.all) out.predictors.push_back(result_of(p));
  return out;
}

} // namespace troupe
