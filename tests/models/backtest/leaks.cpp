// The leak alarm: it is quiet where nothing looks ahead and loud where something does.
#include "models/backtest/backtest.hpp"
#include "models/backtest/leak_check.hpp"
#include "models/forecast/barriers.hpp"
#include "models/forecast/fits.hpp"
#include "tests/models/backtest/made_up.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace troupe {

using namespace tests;

namespace {

constexpr int horizon = 18;

history_options in_sample() {
  history_options o;
  o.symbol = "BTCUSDT";
  o.horizon = horizon;
  o.models = small_models().models;
  return o;
}

scored_history honest(const std::vector<candle>& candles) {
  const auto o = in_sample();
  auto plan = plan_history(candles, o);
  return plan.error.empty() ? score_block(plan.blocks.at(0), candles, o) : scored_history{};
}

// A feature that should have been momentum_5 but looks the wrong way: how a trade entered here goes
// on, as far as the candles at hand show it.
constexpr std::size_t planted_feature = 7;

dataset planted(const std::vector<candle>& candles) {
  auto data = make_dataset("BTCUSDT", candles);
  for (auto& s : data.samples) {
    const std::size_t coming = data.candles.size() - 1 - s.at;
    const barrier_trade trade{data.candles[s.at].close,
                              stop_fraction(s.sigma, s.atr_fraction, horizon), 2, true};
    const auto ended = follow(trade, data.candles.data() + s.at + 1, coming);
    s.features[planted_feature] = static_cast<float>(ended.r);
  }
  return data;
}

struct planted_models {
  std::shared_ptr<const tpsl_model> longs, shorts; // RR 2
};

// Trained as ever, on what was planted.
const planted_models& trained_on_the_future() {
  static const auto models = [] {
    const auto data = std::make_shared<const dataset>(planted(simulated_candles(80 * 288)));
    planted_models out;
    out.longs = fit_tpsl({"BTCUSDT-tpsl-rr2-long", data, fit_kind::tpsl, 0}, {}).tpsl;
    out.shorts = fit_tpsl({"BTCUSDT-tpsl-rr2-short", data, fit_kind::tpsl, 2}, {}).tpsl;
    return out;
  }();
  return models;
}

scored_history peeking(const std::vector<candle>& candles) {
  const auto& models = trained_on_the_future();
  scored_history out;
  const auto data = planted(candles);
  for (const auto& s : data.samples) {
    scored_close c;
    c.time = s.time;
    c.close = data.candles[s.at].close;
    c.sigma = s.sigma;
    c.atr_fraction = s.atr_fraction;
    const double stop = stop_fraction(s.sigma, s.atr_fraction, horizon) / s.sigma;
    c.odds[0].fill(models.longs->odds(s.features, stop));
    c.odds[1].fill(models.shorts->odds(s.features, stop));
    out.closes.push_back(c);
    out.at.push_back(s.at);
  }
  return out;
}

std::vector<candle> unseen() {
  auto all = simulated_candles(110 * 288);
  return {all.begin() + 80 * 288, all.end()};
}

} // namespace

TEST(leak_alarm, the_live_stream_says_the_same_without_the_future) {
  const auto candles = unseen();
  const auto found = check_leaks(honest, honest(candles), horizon, candles, 5, 1);
  EXPECT_EQ(found.cuts, 5u);
  EXPECT_GT(found.compared, 5000u);
  EXPECT_FALSE(found.changed);
  EXPECT_LT(std::max(found.auc_long, found.auc_short), .7);
  EXPECT_FALSE(found.leaks());
}

TEST(leak_alarm, a_planted_look_ahead_feature_is_caught_by_truncation_and_by_its_skill) {
  ASSERT_TRUE(trained_on_the_future().longs && trained_on_the_future().shorts);
  const auto candles = unseen();
  const auto found = check_leaks(peeking, peeking(candles), horizon, candles, 5, 1);
  EXPECT_TRUE(found.changed);
  EXPECT_TRUE(found.too_good()) << found.auc_long << ' ' << found.auc_short;
  // Each sign by itself.
  EXPECT_TRUE(leak_report({1, 1, found.changed, .5, .5, 1}).leaks());
  EXPECT_TRUE(leak_report({1, 1, {}, found.auc_long, found.auc_short, 1}).leaks());
}

TEST(leak_alarm, a_score_that_is_one_bit_off_or_missing_is_seen) {
  const auto candles = unseen();
  const auto whole = honest(candles);
  const auto found_when = [&](auto change) {
    auto other = whole;
    change(other);
    const history_scorer scorer = [&](const std::vector<candle>& early) {
      auto out = other;
      const auto end = std::lower_bound(out.at.begin(), out.at.end(), early.size());
      out.closes.resize(static_cast<std::size_t>(end - out.at.begin()));
      out.at.resize(out.closes.size());
      return out;
    };
    return check_leaks(scorer, whole, horizon, candles, 3, 1).changed;
  };
  EXPECT_FALSE(found_when([](scored_history&) {}));
  EXPECT_EQ(found_when([](scored_history& h) {
              h.closes[9].sigma = std::nextafter(h.closes[9].sigma, 1.0);
            }),
            whole.closes[9].time);
  EXPECT_EQ(found_when([](scored_history& h) {
              h.closes.erase(h.closes.begin() + 9);
              h.at.erase(h.at.begin() + 9);
            }),
            whole.closes[9].time);
}

TEST(leak_alarm, on_a_walk_without_drift_nothing_is_won_before_costs) {
  const auto candles = driftless_walk(160 * 288, 11);
  backtest_options o;
  o.history.symbol = "BTCUSDT";
  o.history.horizon = 6;
  o.history.from = first_close + 40 * day_ms;
  o.history.blocks = 1;
  o.strategies = {{"always_in", 0, 0, 0, true}};
  o.random_runs = 10;
  auto plan = plan_history(candles, o.history);
  ASSERT_EQ(plan.error, "");
  ASSERT_EQ(train_block(plan.blocks[0], candles, o.history, run_in_turn), "");
  const auto history = score_block(plan.blocks[0], candles, o.history);
  const auto r = judge_strategies(o, candles, history, run_pieces_in_turn)[0].report;
  EXPECT_GT(r.trades, 1000u);
  EXPECT_GT(r.gross.error, 0);
  EXPECT_LT(std::abs(r.gross.mean), 3 * r.gross.error) << r.gross.mean << " ± " << r.gross.error;
  const double random_mean = r.random.mean_gross_r / static_cast<double>(r.trades);
  EXPECT_LT(std::abs(random_mean), 3 * r.gross.error) << random_mean;
}

} // namespace troupe
