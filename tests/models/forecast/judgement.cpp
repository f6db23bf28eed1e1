// The small parts that forecasts are judged and corrected by: HAR, bands, calibration, barriers,
// metrics.
#include "models/forecast/barriers.hpp"
#include "models/forecast/calibration.hpp"
#include "models/forecast/conformal.hpp"
#include "models/forecast/har.hpp"
#include "models/forecast/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace troupe {

TEST(har, finds_the_coefficients_that_made_the_targets) {
  const std::array<double, 7> truth{.5, -.2, .3, .1, .7, .4, .01};
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(.001, .01);
  har_fit fit;
  for (int i = 0; i < 500; ++i) {
    har_row x;
    double y = truth[6];
    for (std::size_t k = 0; k < 6; ++k) {
      x[k] = uniform(random);
      y += truth[k] * x[k];
    }
    fit.add(x, y);
  }
  const auto model = fit.solve();
  ASSERT_TRUE(model);
  for (std::size_t k = 0; k < 7; ++k) EXPECT_NEAR(model->coefficients[k], truth[k], 1e-4);
}

TEST(har, one_input_is_the_line_worked_out_by_hand) {
  // Targets 1, 2, 2 at 0, 1, 2 again and again: slope 1/2, intercept 7/6.
  har_fit fit;
  for (int i = 0; i < 300; ++i)
    fit.add({static_cast<double>(i % 3), 0, 0, 0, 0, 0}, i % 3 == 0 ? 1 : 2);
  EXPECT_FALSE(fit.solve()) << "five inputs say nothing: singular without the constant";
  har_fit noisy;
  std::mt19937 random(2);
  std::normal_distribution<double> noise(0, 1);
  for (int i = 0; i < 60000; ++i)
    noisy.add({static_cast<double>(i % 3), noise(random), noise(random), noise(random),
               noise(random), noise(random)},
              i % 3 == 0 ? 1 : 2);
  const auto model = noisy.solve();
  ASSERT_TRUE(model);
  EXPECT_NEAR(model->coefficients[0], .5, .01);
  EXPECT_NEAR(model->coefficients[6], 7. / 6, .02);
}

TEST(har, a_forecast_never_falls_to_zero) {
  har_model model;
  model.coefficients = {-1, 0, 0, 0, 0, 0, 0};
  model.floor = .0005;
  EXPECT_EQ(model.forecast({1, 0, 0, 0, 0, 0}), .0005);
}

TEST(conformal, bands_cover_what_they_say_on_a_stream_whose_spread_is_known) {
  std::mt19937 random(3);
  std::gamma_distribution<float> error(2, .5f);
  conformal_band band;
  std::array<int, 9> under{};
  int judged = 0;
  for (int i = 0; i < 60000; ++i) {
    const float e = error(random);
    if (i % 288 == 0) band.refresh();
    if (i > 8640) {
      ++judged;
      for (std::size_t q = 0; q < 9; ++q) under[q] += e <= band.ratios()[q];
    }
    band.add(e, e >= band.ratios()[q10] && e <= band.ratios()[q90]);
  }
  for (std::size_t q = 0; q < 9; ++q)
    EXPECT_NEAR(static_cast<double>(under[q]) / judged, quantile_levels[q], .01);
  EXPECT_NEAR(band.coverage(), .8, .015);
  EXPECT_EQ(band.size(), conformal_band::window);
}

TEST(conformal, quantiles_are_those_of_the_sorted_errors_to_within_a_cell) {
  std::mt19937 random(4);
  for (std::size_t n : {1u, 2u, 7u, 100u, 8640u}) {
    std::vector<float> errors(n);
    for (auto& e : errors) e = std::uniform_real_distribution<float>(0, 3)(random);
    conformal_band band;
    band.seed(errors, .8);
    std::sort(errors.begin(), errors.end());
    for (std::size_t q = 0; q < 9; ++q) {
      const double rank = std::ceil((static_cast<double>(n) + 1) * quantile_levels[q]);
      const auto at = static_cast<std::size_t>(std::clamp(rank, 1., static_cast<double>(n))) - 1;
      EXPECT_NEAR(band.ratios()[q], errors[at], .0025 * errors[at] + .0026) << n << " " << q;
    }
  }
}

TEST(conformal, a_band_remembers_only_thirty_days) {
  conformal_band band;
  band.seed(std::vector<float>(20000, 5.f), .7);
  EXPECT_EQ(band.size(), conformal_band::window);
  EXPECT_DOUBLE_EQ(band.coverage(), .7);
  for (std::size_t i = 0; i < conformal_band::window; ++i) band.add(1.f, true);
  EXPECT_NEAR(band.ratios()[q50], 5, .02) << "until it is refreshed";
  band.refresh();
  EXPECT_NEAR(band.ratios()[q95], 1, .003);
  EXPECT_DOUBLE_EQ(band.coverage(), 1);
}

TEST(calibration, a_distorted_score_is_straightened) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform(.1, .9);
  std::vector<scored_event> events;
  for (int i = 0; i < 40000; ++i) {
    const double p = uniform(random), x = std::log(p / (1 - p));
    const double overconfident = 1 / (1 + std::exp(-(2 * x + .5)));
    events.push_back({overconfident, std::uniform_real_distribution<double>()(random) < p});
  }
  const auto map = fit_calibration(events, 10);
  ASSERT_TRUE(map);
  EXPECT_NEAR(map->slope, .5, .02);
  EXPECT_GT(calibration_error(events), .1);
  for (auto& e : events) e.score = map->apply(e.score);
  EXPECT_LT(calibration_error(events), .01);
  EXPECT_GT(map->standard_error(.5), .01);
}

TEST(calibration, a_score_that_points_the_wrong_way_becomes_the_base_rate) {
  std::vector<scored_event> events;
  for (int i = 0; i < 1000; ++i) events.push_back({i / 1000., i % 1000 < 300});
  const auto map = fit_calibration(events, 1);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->slope, 0);
  EXPECT_NEAR(map->apply(.01), .3, 1e-9);
  EXPECT_NEAR(map->apply(.99), .3, 1e-9);
}

TEST(calibration, too_little_or_one_sided_evidence_gives_no_map) {
  EXPECT_FALSE(fit_calibration(std::vector<scored_event>(199, {.5, true}), 1));
  EXPECT_FALSE(fit_calibration(std::vector<scored_event>(5000, {.5, true}), 1));
  EXPECT_FALSE(fit_calibration(std::vector<scored_event>(5000, {.5, false}), 1));
}

TEST(barriers, each_way_a_trade_can_end) {
  struct way {
    const char* name;
    bool long_side;
    int rr;
    std::vector<std::array<double, 3>> candles; // high, low, close
    barrier hit;
    double r;
    std::uint32_t candles_taken;
  };
  const std::vector<way> ways{
      {"target of a long", true, 2, {{100.5, 99.5, 100}, {102, 100, 101}}, barrier::tp, 2, 2},
      {"stop of a long", true, 2, {{101, 99, 100}}, barrier::sl, -1, 1},
      {"both in one candle count as the stop", true, 2, {{103, 98, 102}}, barrier::sl, -1, 1},
      {"target of a short", false, 3, {{100.5, 97, 98}}, barrier::tp, 3, 1},
      {"stop of a short", false, 3, {{101, 99, 100}}, barrier::sl, -1, 1},
      {"both for a short", false, 2, {{101, 98, 100}}, barrier::sl, -1, 1},
      {"time runs out in profit", true, 3, {{101, 99.5, 100.5}}, barrier::timeout, .5, 1},
      {"time runs out in loss", false, 3, {{100.9, 99.5, 100.5}}, barrier::timeout, -.5, 1},
      {"nothing follows", true, 2, {}, barrier::timeout, 0, 0},
  };
  for (const auto& w : ways) {
    std::vector<candle> after;
    for (const auto& c : w.candles) after.push_back({0, c[2], c[0], c[1], c[2], 1});
    const auto o =
        follow({100, .01, static_cast<double>(w.rr), w.long_side}, after.data(), after.size());
    EXPECT_EQ(o.hit, w.hit) << w.name;
    EXPECT_NEAR(o.r, w.r, 1e-9) << w.name;
    EXPECT_EQ(o.candles, w.candles_taken) << w.name;
  }
}

TEST(barriers, no_trade_outlives_the_time_out) {
  std::vector<candle> after(timeout_candles, {0, 100, 100.1, 99.9, 100, 1});
  after.push_back({0, 200, 200, 200, 200, 1});
  const auto o = follow({100, .01, 2, true}, after.data(), after.size());
  EXPECT_EQ(o.hit, barrier::timeout);
  EXPECT_EQ(o.candles, timeout_candles);
}

TEST(metrics, are_what_their_names_say) {
  error_sums sums;
  sums.add(1, 1.5, 2);
  sums.add(3, 2.5, 2);
  EXPECT_DOUBLE_EQ(sums.r2(), .75);
  EXPECT_DOUBLE_EQ(sums.mae(), .5);
  EXPECT_DOUBLE_EQ(pinball(2, 1, .9), .9);
  EXPECT_DOUBLE_EQ(pinball(1, 2, .9), .1 * 1.0000000000000002);
  EXPECT_DOUBLE_EQ(area_under_curve({{.1, false}, {.4, true}, {.35, false}, {.8, true}}), 1);
  EXPECT_DOUBLE_EQ(area_under_curve({{.5, false}, {.5, true}}), .5);
  EXPECT_DOUBLE_EQ(area_under_curve({{.1, true}, {.9, false}}), 0);
  EXPECT_DOUBLE_EQ(brier({{.25, true}, {.25, false}}), (.5625 + .0625) / 2);
  EXPECT_DOUBLE_EQ(calibration_error({{.5, true}, {.5, false}}), 0);
  EXPECT_DOUBLE_EQ(base_rate({{.5, true}, {.5, false}, {0, false}, {0, false}}), .25);
}

} // namespace troupe
