#include "models/signal_rules.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

using namespace troupe;

namespace {

const strategy conservative{"conservative_filter", 0.20, 1, 2, false};
const strategy aggressive{"aggressive_filter", 0.05, 0, 0, false};
const strategy always_in{"always_in", 0, 0, 0, true};

// A stop of 1 % (σ √36 = 0.01), so that 10 bp a round trip cost 0.10 R.
signal_inputs inputs() {
  signal_inputs in;
  in.last = {1720000200000, 99, 102, 98, 100, 5};
  in.horizon = 36;
  in.sigma = 0.01 / 6;
  in.atr_fraction = 0.001;
  in.amd_phase = "none";
  return in;
}

barrier_odds row(double rr, double p_tp, double p_timeout, double timeout_r, double error) {
  return {rr, p_tp, 1 - p_tp - p_timeout, p_timeout, timeout_r, 0, error};
}

// Gross results: long .35*2-.65 = +.05 and .25*3-.75 = 0, short .34*2-.66 = +.02 and -.04.
odds_table usual() {
  return {{{row(2, .35, 0, 0, .05), row(3, .25, 0, 0, .06)},
           {row(2, .34, 0, 0, .05), row(3, .24, 0, 0, .06)}}};
}

odds_table with(bool long_side, int rr, barrier_odds odds) {
  auto table = usual();
  table[long_side ? 0 : 1][rr == 2 ? 0 : 1] = odds;
  return table;
}

troupe::signal judge(const strategy& rules, const odds_table& odds) {
  return decide(rules, trading_costs{}, inputs(), odds);
}

} // namespace

TEST(signal_rules, the_stop_is_sigma_over_the_horizon_and_never_under_one_and_a_half_atr) {
  EXPECT_DOUBLE_EQ(stop_fraction(0.002, 0.001, 36), 0.012);
  EXPECT_DOUBLE_EQ(stop_fraction(0.0001, 0.001, 36), 0.0015);
}

TEST(signal_rules, costs_make_usual_odds_a_hold_that_says_why) {
  const auto s = judge(conservative, usual());
  EXPECT_EQ(s.type, signal_type::hold);
  EXPECT_TRUE(s.considered_long);
  EXPECT_NEAR(s.expected_net_r, -0.05, 1e-12);
  EXPECT_NEAR(s.confidence, 1 - .35, 1e-12);
  EXPECT_EQ(s.prob_tp_first, .35);
  ASSERT_EQ(s.reasons.size(), 3u);
  EXPECT_EQ(s.reasons[0],
            "expected net -0.05 R of the better side (long, RR 2) is not above the "
            "margin 0.20 R + 1 standard error 0.05 R");
  EXPECT_EQ(s.reasons[1], "TP first 35 %, SL first 65 %, time-out 0 %");
  EXPECT_EQ(s.reasons[2], "costs are 0.10 R of a stop of 1.00 %");
}

TEST(signal_rules, each_strategy_takes_what_is_above_its_margin) {
  struct line {
    const strategy& rules;
    barrier_odds odds; // of the short side at RR 2; net = 3 p - 1 - 0.10
    signal_type wanted;
  };
  const line lines[] = {
      {conservative, row(2, .45, 0, 0, .05), signal_type::hold}, // 0.25 = 0.20 + 0.05: not above
      {conservative, row(2, .46, 0, 0, .05), signal_type::sell}, // 0.28
      {conservative, row(2, .46, 0, 0, .09), signal_type::hold}, // 0.28 < 0.20 + 0.09
      {aggressive, row(2, .38, 0, 0, .05), signal_type::hold},   // 0.04
      {aggressive, row(2, .39, 0, 0, .90), signal_type::sell},   // 0.07, and no look at the error
      {always_in, row(2, .36, 0, 0, .05), signal_type::sell},    // -0.02, the better of bad ones
      {aggressive, row(2, .36, .20, 1.5, .05), signal_type::sell}}; // 0.72 - 0.44 + 0.30 - 0.10
  for (const auto& l : lines) {
    const auto s = judge(l.rules, with(false, 2, l.odds));
    EXPECT_EQ(s.type, l.wanted) << l.rules.name << ' ' << l.odds.p_tp;
    EXPECT_FALSE(s.considered_long);
    EXPECT_EQ(s.strategy, l.rules.name);
    if (l.wanted != signal_type::hold) {
      EXPECT_EQ(s.confidence, l.odds.p_tp);
    }
  }
}

TEST(signal_rules, a_time_out_counts_with_what_it_brings) {
  const auto s = judge(aggressive, with(false, 2, row(2, .36, .20, 1.5, .05)));
  EXPECT_NEAR(s.expected_net_r, .36 * 2 - .44 + .20 * 1.5 - .10, 1e-12);
}

TEST(signal_rules, prices_lie_a_stop_below_and_its_multiple_above_or_the_other_way_round) {
  const auto bought = judge(aggressive, with(true, 3, row(3, .40, 0, 0, .05)));
  EXPECT_EQ(bought.type, signal_type::buy);
  EXPECT_DOUBLE_EQ(bought.entry, 100);
  EXPECT_DOUBLE_EQ(bought.sl, 99);
  EXPECT_DOUBLE_EQ(bought.tp, 103);
  EXPECT_EQ(bought.rr_ratio, 3);
  const auto sold = judge(aggressive, with(false, 2, row(2, .50, 0, 0, .05)));
  EXPECT_EQ(sold.type, signal_type::sell);
  EXPECT_DOUBLE_EQ(sold.sl, 101);
  EXPECT_DOUBLE_EQ(sold.tp, 98);
}

TEST(signal_rules, the_error_is_weighed_when_sides_are_compared) {
  auto odds = with(true, 2, row(2, .50, 0, 0, .30)); // net .40 +- .30
  odds[1][0] = row(2, .45, 0, 0, .01);               // net .25 +- .01
  EXPECT_EQ(judge(conservative, odds).type, signal_type::sell);
  EXPECT_EQ(judge(aggressive, odds).type, signal_type::buy);
}

TEST(signal_rules, the_odds_are_those_of_the_considered_side_after_costs) {
  const auto s = judge(conservative, with(false, 3, row(3, .40, 0, 0, .05)));
  EXPECT_EQ(s.type, signal_type::sell);
  ASSERT_EQ(s.odds.size(), 2u);
  EXPECT_EQ(s.odds[0].rr, 2);
  EXPECT_EQ(s.odds[0].p_tp, .34);
  EXPECT_NEAR(s.odds[0].expected_net_r, .02 - .10, 1e-12);
  EXPECT_EQ(s.odds[1].rr, 3);
  EXPECT_NEAR(s.odds[1].expected_net_r, .60 - .10, 1e-12);
  EXPECT_EQ(s.expected_net_r, s.odds[1].expected_net_r);
}

TEST(signal_rules, a_hold_is_as_sure_as_neither_side_is_likely) {
  const auto s = judge(conservative, with(false, 2, row(2, .345, 0, 0, .20)));
  EXPECT_TRUE(s.considered_long); // .35 with the smaller error
  EXPECT_NEAR(s.confidence, 1 - .35, 1e-12);
  auto odds = usual();
  odds[1][0] = row(2, .40, 0, 0, .90); // likelier, but hardly known
  odds[1][1] = row(3, .10, 0, 0, .90);
  EXPECT_NEAR(judge(conservative, odds).confidence, 1 - .40, 1e-12);
}

TEST(signal_rules, under_the_least_rr_nothing_is_taken) {
  const strategy far{"far", 0.05, 0, 3, false};
  const auto s = judge(far, with(true, 2, row(2, .60, 0, 0, .05)));
  EXPECT_EQ(s.type, signal_type::hold); // RR 3 is admitted and not good enough
  EXPECT_EQ(s.rr_ratio, 3);
  const strategy farther{"farther", 0.05, 0, 4, false};
  const auto none = judge(farther, with(true, 2, row(2, .60, 0, 0, .05)));
  EXPECT_EQ(none.type, signal_type::hold);
  EXPECT_EQ(none.reasons.at(1), "RR 2 is under the least RR 4");
}

TEST(signal_rules, times_and_the_expected_range_are_filled) {
  auto in = inputs();
  range_forecast range;
  range.delta_high = 0.02;
  range.delta_low = 0.01;
  in.range = &range;
  in.amd_phase = "accumulation";
  const auto s = decide(conservative, trading_costs{}, in, usual());
  EXPECT_EQ(s.horizon, 36);
  EXPECT_EQ(s.candle_time, in.last.open_time);
  EXPECT_EQ(s.created_at, in.last.open_time + base_interval_ms);
  EXPECT_EQ(s.expires_at, s.created_at + day_ms);
  EXPECT_DOUBLE_EQ(s.predicted_high, 102);
  EXPECT_DOUBLE_EQ(s.predicted_low, 99);
  EXPECT_EQ(s.amd_phase, "accumulation");
}

TEST(signal_rules, without_a_usable_stop_nothing_is_taken_and_all_numbers_are_finite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (double sigma : {0.0, nan, 0.2}) {
    auto in = inputs();
    in.sigma = sigma;
    in.atr_fraction = 0;
    const auto s = decide(always_in, trading_costs{}, in, usual());
    EXPECT_EQ(s.type, signal_type::hold) << sigma;
    EXPECT_EQ(s.reasons.size(), 1u);
    for (double x : {s.entry, s.sl, s.tp}) EXPECT_EQ(x, 100);
    EXPECT_EQ(s.expected_net_r, 0);
  }
  const auto s = judge(always_in, with(true, 2, row(2, nan, 0, 0, 0)));
  EXPECT_EQ(s.type, signal_type::hold);
  EXPECT_EQ(s.reasons, std::vector<std::string>{"the expected results are not finite"});
  EXPECT_TRUE(s.odds.empty());
}

TEST(signal_rules, a_target_below_zero_is_never_chosen) {
  auto in = inputs();
  in.sigma = 0.4 / 6; // 40 % stop: the short side cannot earn 3 R
  auto odds = usual();
  odds[1][1] = row(3, .90, 0, 0, .01);
  const auto s = decide(always_in, trading_costs{}, in, odds);
  EXPECT_GT(s.tp, 0);
  EXPECT_FALSE(!s.considered_long && s.rr_ratio == 3);
}
