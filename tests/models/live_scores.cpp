// Live scores against figures worked out by hand, and against streams whose truth is known.
#include "models/live_scores.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace troupe {

namespace {

constexpr utc_ms day0 = 19'723 * day_ms; // 2024-01-01

stated_range said(double mean, double har, double atr) {
  stated_range s{mean, har, atr, {}};
  for (std::size_t q = 0; q < s.quantiles.size(); ++q)
    s.quantiles[q] = mean * 2 * quantile_levels[q];
  return s;
}

double figure(const model_scores& m, const std::string& name) {
  for (auto& [key, value] : m.figures)
    if (key == name) return value;
  ADD_FAILURE() << m.name << " has no " << name;
  return -1;
}

bool has(const model_scores& m, const std::string& name) {
  for (auto& [key, value] : m.figures)
    if (key == name) return true;
  return false;
}

} // namespace

TEST(live_scores, of_two_rows_are_those_worked_out_by_hand) {
  live_scores scores;
  scores.add_range(1, day0, said(.02, .03, .05), .01);
  scores.add_range(1, day0 + base_interval_ms, said(.02, .02, .01), .037);
  const auto report = scores.report("BTCUSDT");
  ASSERT_EQ(report.size(), 1u);
  const auto& m = report[0];
  EXPECT_EQ(m.name, "BTCUSDT-range-6-low");
  EXPECT_EQ(m.from, day0);
  EXPECT_EQ(m.to, day0 + base_interval_ms);
  EXPECT_EQ(figure(m, "n"), 2);
  EXPECT_NEAR(figure(m, "mae"), (.01 + .017) / 2, 1e-12);
  EXPECT_NEAR(figure(m, "mae_atr"), (.04 + .027) / 2, 1e-12);
  const double mine = .01 * .01 + .017 * .017;
  EXPECT_NEAR(figure(m, "skill_har"), 1 - mine / (.02 * .02 + .017 * .017), 1e-9);
  EXPECT_NEAR(figure(m, "skill_atr"), 1 - mine / (.04 * .04 + .027 * .027), 1e-9);
  EXPECT_NEAR(figure(m, "r2"), 1 - mine / (2 * .0135 * .0135), 1e-9);
  // Quantiles are .04 × level: .01 is below q50 and up, .037 below q95 alone.
  EXPECT_EQ(figure(m, "coverage_q50"), .5);
  EXPECT_EQ(figure(m, "coverage_q80"), .5);
  EXPECT_EQ(figure(m, "coverage_q90"), .5);
  EXPECT_EQ(figure(m, "coverage_80"), .5);
  EXPECT_EQ(figure(m, "coverage_90"), 1);
  EXPECT_EQ(figure(m, "accuracy"), .5);
}

TEST(live_scores, the_pinball_loss_is_least_at_the_true_quantiles) {
  std::mt19937 random{1};
  std::exponential_distribution<double> outcome{1};
  double right = 0, wide = 0, low = 0;
  for (int i = 0; i < 20000; ++i) {
    const double y = outcome(random);
    stated_range s;
    for (std::size_t q = 0; q < s.quantiles.size(); ++q)
      s.quantiles[q] = -std::log(1 - quantile_levels[q]);
    right += pinball_loss(s, y);
    auto other = s;
    for (auto& q : other.quantiles) q *= 1.3;
    wide += pinball_loss(other, y);
    for (std::size_t q = 0; q < s.quantiles.size(); ++q) other.quantiles[q] = s.quantiles[q] * .7;
    low += pinball_loss(other, y);
  }
  EXPECT_LT(right, wide);
  EXPECT_LT(right, low);
}

TEST(live_scores, look_back_their_days_and_no_further) {
  live_scores scores{30};
  for (int day = 0; day < 40; ++day)
    for (int i = 0; i < 10; ++i)
      scores.add_range(0, day0 + day * day_ms + i * hour_ms, said(.01, .01, .01),
                       day < 10 ? 1 : .01);
  const auto m = scores.report("BTCUSDT").at(0);
  EXPECT_EQ(figure(m, "n"), 300);
  EXPECT_EQ(figure(m, "mae"), 0);
  EXPECT_EQ(m.from, day0 + 10 * day_ms);
  EXPECT_EQ(figure(m, "n_all"), 400);
  EXPECT_GT(figure(m, "mae_all"), .2);
}

TEST(live_scores, an_outcome_that_comes_after_the_next_days_first_finds_its_day) {
  live_scores scores{2};
  scores.add_range(0, day0 + day_ms, said(.01, .01, .01), .01);
  scores.add_range(0, day0 + day_ms - hour_ms, said(.01, .01, .01), .01);
  EXPECT_EQ(figure(scores.report("BTCUSDT").at(0), "n"), 2);
  scores.add_range(0, day0 + 3 * day_ms, said(.01, .01, .01), .01);
  scores.add_range(0, day0, said(.01, .01, .01), .01); // past keeping
  EXPECT_EQ(figure(scores.report("BTCUSDT").at(0), "n"), 2);
  EXPECT_EQ(figure(scores.report("BTCUSDT").at(0), "n_all"), 4);
}

TEST(live_scores, the_worst_30_days_in_a_row_are_found_wherever_they_begin) {
  live_scores scores{90};
  // Of 90 days, those from 17 to 47 are covered half the time, the others always.
  for (int day = 0; day < 90; ++day)
    for (int i = 0; i < 288; ++i) {
      const bool bad = day >= 17 && day < 47 && i % 2 == 0;
      scores.add_range(0, day0 + day * day_ms + i * base_interval_ms, said(.01, .01, .01),
                       bad ? 1 : .001);
    }
  const auto m = scores.report("BTCUSDT").at(0);
  EXPECT_EQ(figure(m, "coverage_q80_worst_30_days"), .5);
  EXPECT_EQ(figure(m, "coverage_q90_worst_30_days"), .5);
  EXPECT_EQ(figure(m, "coverage_q90_best_30_days"), 1);
  // The first block has 13 of the bad days, the second 17.
  EXPECT_NEAR(figure(m, "coverage_q80_worst_block"), 1 - 17. / 60, 1e-9);
  EXPECT_EQ(figure(m, "coverage_q80_best_block"), 1);
  EXPECT_NEAR(figure(m, "coverage_q90"), 75. / 90, 1e-9);
  live_scores few{90};
  few.add_range(0, day0, said(.01, .01, .01), .01);
  EXPECT_FALSE(has(few.report("BTCUSDT").at(0), "coverage_q90_worst_30_days"));
}

TEST(live_scores, odds_that_are_true_are_calibrated_and_others_are_not) {
  std::mt19937 random{2};
  std::uniform_real_distribution<double> uniform{0, 1};
  live_scores honest, boastful;
  for (int i = 0; i < 50000; ++i) {
    const double p = .1 + .3 * uniform(random);
    const bool came = uniform(random) < p;
    const auto at = day0 + (i % 8000) * base_interval_ms;
    honest.add_trade(3, at, p, .25, came);
    boastful.add_trade(3, at, p + .1, .25, came);
  }
  const auto m = honest.report("BTCUSDT").at(0), b = boastful.report("BTCUSDT").at(0);
  EXPECT_EQ(m.name, "BTCUSDT-tpsl-rr3-short");
  EXPECT_LT(figure(m, "calibration_error"), .01);
  EXPECT_NEAR(figure(b, "calibration_error"), .1, .01);
  EXPECT_NEAR(figure(m, "base_rate"), .25, .01);
  // The variance of p over that of the event: .0075 / .1875.
  EXPECT_NEAR(figure(m, "brier_skill"), .04, .01);
  EXPECT_LT(figure(b, "brier_skill"), figure(m, "brier_skill"));
}

TEST(live_scores, names_are_those_of_the_models) {
  live_scores scores;
  for (std::size_t i = 0; i < range_models; ++i)
    scores.add_range(i, day0, said(.01, .01, .01), .01);
  for (std::size_t i = 0; i < tpsl_models; ++i) scores.add_trade(i, day0, .3, .3, true);
  std::vector<std::string> names;
  for (auto& m : scores.report("X")) names.push_back(m.name);
  const std::vector<std::string> expected{
      "X-range-6-high",  "X-range-6-low",   "X-range-18-high",  "X-range-18-low",
      "X-range-36-high", "X-range-36-low",  "X-range-72-high",  "X-range-72-low",
      "X-tpsl-rr2-long", "X-tpsl-rr3-long", "X-tpsl-rr2-short", "X-tpsl-rr3-short"};
  EXPECT_EQ(names, expected);
}

} // namespace troupe
