// The rule of champion and challenger: a table of evidence, and streams whose truth is known.
#include "models/trial.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace troupe {

namespace {

constexpr utc_ms day0 = 19'723 * day_ms;

trial_report evidence(double range, double range_error, double odds, double odds_error,
                      std::uint64_t candles = 3000, std::uint32_t days = 11) {
  trial_report r;
  r.candles = candles;
  r.days = days;
  r.range_difference = range;
  r.range_error = range_error;
  r.tpsl_difference = odds;
  r.tpsl_error = odds_error;
  return r;
}

// Eight range losses a candle over `days`; the challenger is better by `better` of a noise of 1
// that whole days share.
trial run_trial(std::uint64_t seed, int days, double better) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise{0, 1};
  trial t{"BTCUSDT", "old", "new", day0};
  for (int day = 0; day < days; ++day) {
    const double of_day = noise(random);
    for (int slot = 0; slot < 288; ++slot)
      for (int model = 0; model < 8; ++model) {
        const double champion = 10 + noise(random);
        t.add_range(day0 + day * day_ms + (slot + 1) * base_interval_ms, champion,
                    champion - better - of_day - noise(random));
      }
  }
  return t;
}

} // namespace

TEST(trial_rule, what_each_kind_of_evidence_decides) {
  const trial_rule rule;
  EXPECT_EQ(judge(evidence(2.1, 1, 0, 1), rule), trial_state::promoted);
  EXPECT_EQ(judge(evidence(1.9, 1, 0, 1), rule), trial_state::running);
  EXPECT_EQ(judge(evidence(-.9, 1, 0, 1), rule), trial_state::running);
  EXPECT_EQ(judge(evidence(-1.1, 1, 0, 1), rule), trial_state::rejected);
  // Better ranges do not outweigh clearly worse odds, nor hurry past doubtful ones.
  EXPECT_EQ(judge(evidence(5, 1, -2.1, 1), rule), trial_state::rejected);
  EXPECT_EQ(judge(evidence(5, 1, -1.5, 1), rule), trial_state::running);
  EXPECT_EQ(judge(evidence(5, 1, -.9, 1), rule), trial_state::promoted);
  // Better odds alone are not enough.
  EXPECT_EQ(judge(evidence(0, 1, 9, 1), rule), trial_state::running);
  // Versions that say the same are never told apart.
  EXPECT_EQ(judge(evidence(0, 0, 0, 0), rule), trial_state::running);
  EXPECT_EQ(judge(evidence(0, 0, 0, 0, 9000, 31), rule), trial_state::kept);
  EXPECT_EQ(judge(evidence(9, 1, 0, 1, 9000, 31), rule), trial_state::promoted);
}

TEST(trial_rule, too_few_candles_or_days_decide_nothing) {
  const trial_rule rule;
  EXPECT_EQ(judge(evidence(99, 1, 0, 1, 2015, 8), rule), trial_state::running);
  EXPECT_EQ(judge(evidence(-99, 1, 0, 1, 2015, 8), rule), trial_state::running);
  EXPECT_EQ(judge(evidence(99, 1, 0, 1, 2016, 4), rule), trial_state::running);
  EXPECT_EQ(judge(evidence(99, 1, 0, 1, 2016, 5), rule), trial_state::promoted);
}

TEST(trial, standard_errors_are_over_days_not_over_rows) {
  // The mean of 30 days whose own mean has a spread of 1 is known to about 1 / sqrt(30); rows taken
  // as independent would claim 1 / sqrt(30 × 288 × 8).
  const auto r = run_trial(1, 30, 0).report();
  EXPECT_EQ(r.candles, 30u * 288);
  EXPECT_NEAR(r.range_error, 1 / std::sqrt(30.), .06);
  EXPECT_NEAR(r.range_loss, 10, .1);
}

TEST(trial, a_better_version_is_found_and_an_equal_one_seldom_promoted) {
  int promoted_equal = 0, promoted_better = 0, rejected_worse = 0;
  const trial_rule rule;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    promoted_equal += judge(run_trial(seed, 14, 0).report(), rule) == trial_state::promoted;
    promoted_better += judge(run_trial(seed, 14, 1.5).report(), rule) == trial_state::promoted;
    rejected_worse += judge(run_trial(seed, 14, -1).report(), rule) == trial_state::rejected;
  }
  EXPECT_LE(promoted_equal, 6);
  EXPECT_GE(promoted_better, 58);
  EXPECT_GE(rejected_worse, 54);
}

TEST(trial, only_what_neither_has_learned_from_counts) {
  trial t{"BTCUSDT", "old", "new", day0};
  t.add_range(day0 - day_ms, 9, 1);
  t.add_range(day0, 9, 1);
  t.add_trade(day0, 9, 1);
  EXPECT_EQ(t.report().days, 0u);
  for (int i = 0; i < 8; ++i) t.add_range(day0 + base_interval_ms, 3, 1);
  EXPECT_EQ(t.report().candles, 1u);
  EXPECT_EQ(t.report().range_difference, 2);
  EXPECT_EQ(t.report().range_loss, 3);
}

TEST(trial, a_loss_that_is_no_number_does_not_count) {
  trial t{"BTCUSDT", "old", "new", day0};
  t.add_range(day0 + day_ms, 1, std::numeric_limits<double>::quiet_NaN());
  t.add_trade(day0 + day_ms, std::numeric_limits<double>::infinity(), 1);
  EXPECT_EQ(t.report().days, 0u);
}

TEST(trial, is_kept_as_a_line_and_read_back) {
  auto r = run_trial(3, 7, .1).report();
  r.state = trial_state::superseded;
  r.tpsl_loss = .1 + .2;
  const auto back = trial_from_line(to_line(r));
  ASSERT_TRUE(back);
  EXPECT_EQ(to_line(*back), to_line(r));
  EXPECT_EQ(back->range_difference, r.range_difference);
  EXPECT_EQ(back->tpsl_loss, .1 + .2);
  EXPECT_EQ(back->state, trial_state::superseded);
  for (const auto* bad :
       {"", "BTCUSDT", "BTCUSDT a b won 1 2 3 4 1 1 1 1 1 1", "BTCUSDT a b kept 1 2 3 4 1 1 1 1 1",
        "BTCUSDT a b kept 1 2 3 4 1 1 1 1 1 x", "BTCUSDT a b kept 1 2 3 4 1 1 1 1 1 1 1"})
    EXPECT_FALSE(trial_from_line(bad)) << bad;
}

TEST(trial, a_version_that_learned_from_clearly_more_needs_none) {
  model_set quick, full;
  quick.source = full.source = "market";
  quick.train_to = full.train_to = day0;
  quick.train_from = day0 - 90 * day_ms;
  full.train_from = day0 - 365 * day_ms;
  EXPECT_TRUE(replaces_at_once(quick, full));
  EXPECT_FALSE(replaces_at_once(full, quick));
  EXPECT_FALSE(replaces_at_once(full, full));
  auto made_up = full;
  made_up.source = "simulated";
  EXPECT_TRUE(replaces_at_once(made_up, quick));
  EXPECT_FALSE(replaces_at_once(quick, made_up) && made_up.train_from == quick.train_from);
}

} // namespace troupe
