#include "models/backtest/simulator.hpp"

#include "models/backtest/random_entries.hpp"
#include "models/backtest/report.hpp"
#include "tests/models/backtest/made_up.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace troupe {

using namespace tests;

namespace {

const strategy eager{"eager", 0, 0, 0, false};
const calendar around_the_clock{trading_hours::always};

simulation run(const std::vector<candle>& candles, const scored_history& history,
               const strategy& rules = eager) {
  return simulate(rules, trading_costs{10}, 6, candles, history, around_the_clock);
}

backtest_trade trade(int day, double gross, double cost = .1) {
  backtest_trade t;
  t.decided = t.entered = t.ended = first_close + day * day_ms;
  t.gross_r = gross;
  t.cost_r = cost;
  t.candles = 2;
  return t;
}

} // namespace

TEST(backtest_simulator, one_position_at_a_time_and_the_next_at_the_close_that_ended_it) {
  auto candles = still(10);
  candles[3].high = 103; // the target of what was entered at candle 1
  const auto made = run(candles, history_of(candles));
  ASSERT_EQ(made.trades.size(), 2u);
  EXPECT_EQ(made.trades[0].entered, candles[1].open_time);
  EXPECT_EQ(made.trades[0].ended, candles[3].open_time);
  EXPECT_EQ(made.trades[1].decided, candles[3].open_time);
  EXPECT_EQ(made.trades[1].end, trade_end::cut);
  EXPECT_EQ(made.buys, 10u) << "every close is judged, in a position or not";
  EXPECT_EQ(made.decisions.count(), 10u);
}

TEST(backtest_simulator, nothing_is_entered_across_a_hole_or_beyond_a_barrier) {
  auto candles = still(4);
  for (std::size_t i = 2; i < 4; ++i) candles[i].open_time += hour_ms;
  candles[1].open = 98.9;
  candles[1].low = 98.9;
  auto history = history_of(candles, 1);
  history.closes[2] = scored(candles[2], -1); // a hold
  const auto made = run(candles, history);
  EXPECT_EQ(made.beyond, 1u);
  EXPECT_EQ(made.before_gap, 1u);
  EXPECT_EQ(made.holds, 1u);
  EXPECT_TRUE(made.trades.empty());
}

TEST(backtest_simulator, the_same_signals_have_the_same_hash_and_others_another) {
  const auto candles = still(20);
  auto history = history_of(candles);
  const auto first = run(candles, history).decisions.hex();
  EXPECT_EQ(run(candles, history).decisions.hex(), first);
  history.closes[7].delta_high = 1e-12;
  EXPECT_NE(run(candles, history).decisions.hex(), first) << "predicted_high is part of a signal";
  history.closes[7].delta_high = 0;
  history.closes[7].odds[0][0].p_tp = std::nextafter(history.closes[7].odds[0][0].p_tp, 1.0);
  EXPECT_NE(run(candles, history).decisions.hex(), first);
}

TEST(backtest_report, a_mean_has_the_error_of_its_days) {
  // Days sum up to 2, -1 and 1 net of nothing; mean .5 of four trades. Deviations of the days from
  // their count times the mean: 1, -1.5, .5; (1 + 2.25 + .25) * 3 / 2 = 5.25.
  std::vector<backtest_trade> trades{trade(0, 1, 0), trade(0, 1, 0), trade(1, -1, 0),
                                     trade(2, 1, 0)};
  trades[1].decided += 23 * hour_ms; // the same day
  const auto m = mean_of(trades, true);
  EXPECT_DOUBLE_EQ(m.mean, .5);
  EXPECT_DOUBLE_EQ(m.error, std::sqrt(5.25) / 4);
  EXPECT_EQ(mean_of({trades[0], trades[1]}, true).error, 0) << "one day has no error to measure";
  EXPECT_EQ(mean_of({}, true).mean, 0);
}

TEST(backtest_report, figures_are_those_of_the_trades) {
  simulation made;
  made.trades = {trade(0, 2.1), trade(0, -.9), trade(31, -.9), trade(32, 3.1)};
  made.trades[3].end = trade_end::tp;
  const auto candles = still(33 * 288);
  auto history = history_of(candles);
  const auto r = report_of(made, history);
  EXPECT_EQ(r.trades, 4u);
  EXPECT_EQ(r.wins, 2u);
  EXPECT_DOUBLE_EQ(r.win_rate, .5);
  EXPECT_NEAR(r.gross_r, 3.4, 1e-12);
  EXPECT_NEAR(r.net_r, 3, 1e-12);
  EXPECT_NEAR(*r.profit_factor, 5. / 2, 1e-12);
  EXPECT_NEAR(r.max_drawdown_r, 2, 1e-12);
  EXPECT_DOUBLE_EQ(r.exposure, 8. / (33 * 288));
  EXPECT_EQ(r.ended_tp, 1u);
  EXPECT_EQ(r.cut, 3u);
  ASSERT_EQ(r.by_month.size(), 2u);
  EXPECT_EQ(r.by_month[0].month, "2025-01");
  EXPECT_EQ(r.by_month[1].trades, 2u);
  EXPECT_NEAR(r.by_month[1].net_r, 2, 1e-12);
  ASSERT_EQ(r.curve.size(), 4u);
  EXPECT_NEAR(r.curve[2].net_r, 0, 1e-12);
  // Days bring 1, -1 and 3, thirty others nothing: mean 1/11, deviation² = 1/3 - 1/121.
  EXPECT_NEAR(r.sharpe, 1. / 11 / std::sqrt(11. / 33 - 1. / 121) * std::sqrt(365.), 1e-9);
  simulation good;
  good.trades = {trade(0, 1)};
  EXPECT_FALSE(report_of(good, history).profit_factor) << "no loss, no factor";
}

TEST(backtest_report, a_long_curve_is_thinned_to_its_last_point) {
  std::vector<curve_point> curve(1000);
  for (std::size_t i = 0; i < curve.size(); ++i) curve[i].net_r = static_cast<double>(i);
  const auto few = thinned(curve, 7);
  ASSERT_EQ(few.size(), 7u);
  EXPECT_EQ(few.back().net_r, 999);
  EXPECT_EQ(thinned(curve, 2000).size(), 1000u);
}

TEST(random_entries, a_run_depends_on_its_number_alone_and_has_as_many_trades) {
  const auto candles = driftless_walk(5000, 3);
  const auto history = history_of(candles, 1);
  const std::vector<backtest_trade> like(50, trade(0, 1));
  const auto at_random = [&](std::uint64_t seed, std::uint32_t run) {
    return enter_at_random(like, 10, 6, candles, history, seed, run);
  };
  const auto seventh = at_random(1, 7);
  EXPECT_EQ(at_random(1, 7).net_r, seventh.net_r);
  EXPECT_NE(at_random(1, 8).net_r, seventh.net_r);
  EXPECT_NE(at_random(2, 7).net_r, seventh.net_r);
  EXPECT_NEAR(seventh.gross_r - seventh.net_r, 50 * .1, .01) << "the costs of 50 stops of 1 %";
}

TEST(random_entries, a_result_is_placed_among_the_runs) {
  const std::vector<random_run> runs{{0, -2}, {0, 0}, {3, 1}, {1, 1}};
  const auto c = compare(1, runs);
  EXPECT_EQ(c.runs, 4u);
  EXPECT_DOUBLE_EQ(c.better_than, .75); // better than two, level with two
  EXPECT_DOUBLE_EQ(c.mean_gross_r, 1);
  EXPECT_DOUBLE_EQ(c.mean_net_r, 0);
  EXPECT_DOUBLE_EQ(c.deviation_net_r, std::sqrt(2.));
}

} // namespace troupe
