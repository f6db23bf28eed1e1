#include "models/forecast/walk_forward.hpp"

#include "models/forecast/barriers.hpp"
#include "models/forecast/quality_sums.hpp"
#include "models/forecast/range_model.hpp"
#include "models/forecast/tpsl_model.hpp"
#include "models/signal_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace troupe {
namespace {

constexpr std::size_t sides = 2, ways = 4, stop_kinds = 2;
constexpr std::size_t least_block = 288;

std::vector<candle> part(const std::vector<candle>& candles, std::size_t from, std::size_t to) {
  const auto begin = candles.begin();
  return {begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to)};
}

/// Mean and 90 % quantile of each training target.
std::array<range_baselines, 2 * horizons.size()> constants_of(const dataset& data) {
  std::array<range_baselines, 2 * horizons.size()> out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::vector<double> ys;
    for (const auto& s : data.samples)
      if (s.whole(i / sides)) ys.push_back(static_cast<double>(s.delta[i / sides][i % sides]));
    for (const double y : ys) out[i].mean += y / static_cast<double>(ys.size());
    const auto at = ys.begin() + static_cast<std::ptrdiff_t>(ys.size() * 9 / 10);
    std::nth_element(ys.begin(), at, ys.end());
    out[i].q90 = *at;
  }
  return out;
}

struct walker {
  const symbol_name& symbol;
  const std::vector<candle>& candles;
  const closure_rule& scheduled;
  const walk_options& options;
  const fit_runner& runner;
  std::array<range_sums, 2 * horizons.size()> ranges;
  std::array<tpsl_sums, stop_kinds * ways> trades; // [stop * 4 + side * 2 + rr - 2]
  std::array<range_baselines, 2 * horizons.size()> constants;
  model_set_ptr models;

  std::string walk_block(std::size_t from, std::size_t to);
  void test(const dataset& data, utc_ms from, utc_ms to);
  void judge_range(const sample& s, const forecaster& live);
  void judge_trades(const dataset& data, const sample& s);
};

std::string walker::walk_block(std::size_t from, std::size_t to) {
  auto trained = train_before(symbol, candles, from, options.train_candles, scheduled, runner);
  if (!trained.error.empty()) return trained.error;
  models = std::move(trained.models);
  constants = constants_of(*trained.data);
  const std::size_t lead = from > block_lead_candles ? from - block_lead_candles : 0;
  const std::size_t end = std::min(candles.size(), to + timeout_candles);
  const auto data = make_dataset(symbol, part(candles, lead, end), scheduled);
  test(data, candles[from].open_time, candles[to - 1].open_time);
  return {};
}

/// The live path over the candles of a block; the dataset knows what came after each.
void walker::test(const dataset& data, utc_ms from, utc_ms to) {
  feature_builder features;
  forecaster live;
  live.use(models);
  auto next = data.samples.begin();
  for (std::size_t i = 0; i < data.candles.size(); ++i) {
    const candle& c = data.candles[i];
    if (i > 0 && !follows(data.candles[i - 1], c, scheduled)) {
      features.restart();
      live.restart();
    }
    features.push(c);
    live.step(c, features);
    if (!live.ready()) continue;
    const sample& s = *next++;
    if (c.open_time < from || c.open_time > to) continue;
    judge_range(s, live);
    if (s.followed >= timeout_candles) judge_trades(data, s);
  }
}

void walker::judge_range(const sample& s, const forecaster& live) {
  const auto day30 = static_cast<std::size_t>((s.time - options.from) / (30 * day_ms));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::size_t h = i / sides, side = i % sides;
    if (!s.whole(h)) continue;
    const auto& f = live.ranges()[h];
    auto base = constants[i];
    base.har = models->ranges[i]->har.forecast(s.har[h]);
    base.atr = models->ranges[i]->atr_k * s.atr_fraction;
    ranges[i].add(static_cast<double>(s.delta[h][side]), side == 0 ? f.delta_high : f.delta_low,
                  side == 0 ? f.high_quantiles : f.low_quantiles, base, day30);
  }
}

void walker::judge_trades(const dataset& data, const sample& s) {
  for (std::size_t i = 0; i < trades.size(); ++i) {
    const bool wide = i / ways == 1;
    const double stop = wide ? stop_fraction(s.sigma, s.atr_fraction, horizons.back())
                             : stop_fraction(0, s.atr_fraction, horizons.back());
    const auto& model = *models->tpsl[i % ways];
    const barrier_trade trade{data.candles[s.at].close, stop, static_cast<double>(model.rr),
                              model.long_side};
    const auto came = follow(trade, &data.candles[s.at + 1], timeout_candles);
    const double in_sigma = stop / s.sigma;
    const auto row = tpsl_row(s.features, in_sigma);
    trades[i].add(static_cast<double>(model.tp.predict(row.data())),
                  model.odds(s.features, in_sigma).p_tp, model.stops[stop_bucket(in_sigma)].tp_rate,
                  came.hit == barrier::tp, came.hit == barrier::timeout);
  }
}

void collect(const walker& w, quality& out) {
  for (std::size_t i = 0; i < w.ranges.size(); ++i) {
    auto r = w.ranges[i].result();
    r.horizon = horizons[i / sides];
    r.side = i % sides == 0 ? range_side::high : range_side::low;
    out.ranges.push_back(r);
  }
  for (std::size_t i = 0; i < w.trades.size(); ++i) {
    auto t = w.trades[i].result();
    t.wide = i / ways == 1;
    t.long_side = i % ways < 2;
    t.rr = 2 + static_cast<int>(i % 2);
    out.tpsl.push_back(t);
  }
}

} // namespace

std::vector<fit_result> run_in_turn(const std::vector<fit_task>& tasks) {
  std::vector<fit_result> out;
  for (const auto& task : tasks) out.push_back(run(task));
  return out;
}

std::size_t index_at(const std::vector<candle>& candles, utc_ms time) {
  const auto at = std::lower_bound(candles.begin(), candles.end(), time,
                                   [](const candle& c, utc_ms t) { return c.open_time < t; });
  return static_cast<std::size_t>(at - candles.begin());
}

trained_block train_before(const symbol_name& symbol, const std::vector<candle>& candles,
                           std::size_t from, std::size_t train_candles,
                           const closure_rule& scheduled, const fit_runner& runner) {
  trained_block out;
  const std::size_t wanted = train_candles + feature_warmup;
  out.data = std::make_shared<const dataset>(
      make_dataset(symbol, part(candles, from > wanted ? from - wanted : 0, from), scheduled));
  training_options how;
  how.trained_at = out.data->candles.empty() ? 0 : out.data->candles.back().open_time;
  const auto plan = plan_training(out.data, how);
  out.error = plan.error;
  if (!out.error.empty()) return out;
  auto whole = assemble(*out.data, runner(plan.tasks), how);
  out.error = std::move(whole.error);
  out.models = std::move(whole.made.models);
  return out;
}

quality walk_forward(const symbol_name& symbol, const std::vector<candle>& candles,
                     const closure_rule& scheduled, const walk_options& options,
                     const fit_runner& runner, const fit_progress& progress) {
  quality out;
  out.symbol = symbol;
  out.options = options;
  const std::size_t from = index_at(candles, options.from), to = index_at(candles, options.to);
  const auto blocks = static_cast<std::size_t>(std::max(options.blocks, 1));
  if (to < from + blocks * least_block) {
    out.error = symbol + ": fewer than a day of candles per block to test on";
    return out;
  }
  walker w{symbol, candles, scheduled, options, runner, {}, {}, {}, {}};
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t length = to - from;
    out.error = w.walk_block(from + length * b / blocks, from + length * (b + 1) / blocks);
    if (!out.error.empty()) return out;
    if (progress) progress(static_cast<double>(b + 1) / static_cast<double>(blocks));
  }
  collect(w, out);
  return out;
}

} // namespace troupe
