#include "models/forecast/training.hpp"

#include "models/forecast/conformal.hpp"
#include "models/forecast/forecaster.hpp"
#include "models/forecast/quality_text.hpp"
#include "models/forecast/range_model.hpp"
#include "models/forecast/tpsl_model.hpp"
#include "models/forecast/walk_forward.hpp"
#include "tests/models/forecast/small_models.hpp"
#include "tests/models/market_data.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>

namespace troupe {
namespace {

using tests::simulated_candles;
using tests::small_models;

/// Runs candles through the live pair and hands each ready close to `see`.
template<class F>
void live(const std::vector<candle>& candles, model_set_ptr models, F see) {
  feature_builder features;
  forecaster f;
  f.use(std::move(models));
  for (const auto& c : candles) {
    features.push(c);
    f.step(c, features);
    if (f.ready()) see(c, features, f);
  }
}

} // namespace

TEST(dataset, rows_without_their_whole_outcome_are_left_out) {
  auto candles = simulated_candles(6000);
  candles.erase(candles.begin() + 3000, candles.begin() + 3010);
  const auto data = make_dataset("BTCUSDT", candles);
  // Before the gap 3000 - 2015 rows, after it the warm-up begins anew.
  ASSERT_EQ(data.samples.size(), 985u + (2990 - 2015));
  EXPECT_EQ(data.samples[984].followed, 0u);
  EXPECT_FALSE(data.samples[984 - 5].whole(0));
  EXPECT_TRUE(data.samples[984 - 6].whole(0));
  EXPECT_FALSE(data.samples[984 - 6].whole(1));
  const auto closed = make_dataset("BTCUSDT", candles, [](utc_ms, utc_ms) { return true; });
  EXPECT_EQ(closed.samples.size(), 5990u - 2015) << "a scheduled closure is no gap";
}

TEST(dataset, deltas_are_those_of_the_coming_candles_only) {
  const auto data = make_dataset("BTCUSDT", simulated_candles(2200));
  const auto& s = data.samples[10];
  const auto& now = data.candles[s.at];
  double high = 0, low = 1e9;
  for (std::uint32_t i = s.at + 1; i <= s.at + 18; ++i) {
    high = std::max(high, data.candles[i].high);
    low = std::min(low, data.candles[i].low);
  }
  EXPECT_EQ(s.delta[1][0], static_cast<float>(high / now.close - 1));
  EXPECT_EQ(s.delta[1][1], static_cast<float>(1 - low / now.close));
}

TEST(dataset, what_comes_later_changes_no_row) {
  const auto candles = simulated_candles(5000);
  const auto whole = make_dataset("BTCUSDT", candles);
  const auto cut = make_dataset("BTCUSDT", {candles.begin(), candles.begin() + 4000});
  for (std::size_t i = 0; i < cut.samples.size(); ++i) {
    ASSERT_EQ(cut.samples[i].features, whole.samples[i].features);
    ASSERT_EQ(cut.samples[i].har, whole.samples[i].har);
  }
}

TEST(training, too_few_candles_are_refused_with_a_reason) {
  const auto data =
      std::make_shared<const dataset>(make_dataset("BTCUSDT", simulated_candles(8000)));
  const auto plan = plan_training(data, {});
  EXPECT_TRUE(plan.tasks.empty());
  EXPECT_EQ(plan.error,
            "BTCUSDT: 8000 candles are too few to learn from; 30 days without a gap "
            "(8640) are needed");
}

TEST(training, thirty_days_are_enough) {
  const auto made = tests::train_small(simulated_candles(least_training_candles));
  EXPECT_EQ(made.models->ranges.size(), 8u);
  EXPECT_EQ(made.models->tpsl.size(), 4u);
}

TEST(training, a_frozen_market_is_refused_with_a_reason) {
  std::vector<candle> candles;
  for (int i = 0; i < 9000; ++i)
    candles.push_back({1'700'000'100'000 + i * base_interval_ms, 5, 5, 5, 5, 0});
  const auto data = std::make_shared<const dataset>(make_dataset("BTCUSDT", candles));
  const auto plan = plan_training(data, {});
  ASSERT_FALSE(plan.tasks.empty());
  EXPECT_NE(run(plan.tasks.front()).error.find("did not move"), std::string::npos);
}

TEST(training, same_data_same_models) {
  const auto again = tests::train_small(simulated_candles(40 * 288));
  EXPECT_EQ(again.models->model_hash, small_models().models->model_hash);
  EXPECT_EQ(again.boosters, small_models().boosters);
  const auto other = tests::train_small(simulated_candles(40 * 288, 6));
  EXPECT_NE(other.models->model_hash, again.models->model_hash);
}

TEST(training, every_model_is_named_and_measured_beside_its_baselines) {
  const auto& infos = small_models().models->infos;
  ASSERT_EQ(infos.size(), 12u);
  for (const auto& info : infos) {
    EXPECT_EQ(info.symbol, "BTCUSDT");
    EXPECT_EQ(info.version, small_models().models->version);
    const auto value = [&](const char* name) {
      for (const auto& m : info.metrics)
        if (m.first == name) return m.second;
      ADD_FAILURE() << info.name << " lacks " << name;
      return 0.;
    };
    if (info.kind == "range") {
      EXPECT_NEAR(value("coverage_q90"), .9, .08) << info.name;
      for (const auto* name : {"r2", "n", "n_independent", "r2_har", "r2_atr", "mae", "mae_atr",
                               "skill", "coverage_q80", "coverage_80", "coverage_90"})
        EXPECT_TRUE(std::isfinite(value(name))) << name;
    } else {
      EXPECT_NEAR(value("base_rate"), 1. / 3, .15) << info.name;
      EXPECT_LT(value("calibration_error"), .2) << info.name;
      for (const auto* name : {"auc", "brier", "brier_skill", "calibration_error_wide"})
        EXPECT_TRUE(std::isfinite(value(name))) << name;
    }
  }
}

TEST(training, horizons_not_asked_for_are_taken_from_the_previous_set) {
  const auto candles = simulated_candles(40 * 288, 7);
  EXPECT_THROW(tests::train_small(candles, nullptr, {18}), std::runtime_error);
  const auto mixed = tests::train_small(candles, &small_models(), {18});
  const auto &now = *mixed.models, &before = *small_models().models;
  EXPECT_EQ(now.ranges[0], before.ranges[0]);
  EXPECT_NE(now.ranges[2], before.ranges[2]);
  EXPECT_EQ(now.tpsl, before.tpsl);
  EXPECT_EQ(mixed.boosters.size(), small_models().boosters.size());
  EXPECT_EQ(now.infos.size(), 12u);
  EXPECT_NE(now.version, before.version);
}

TEST(forecaster, a_live_run_equals_the_dataset_bit_for_bit) {
  const auto candles = simulated_candles(45 * 288);
  const auto data = make_dataset("BTCUSDT", candles);
  const auto& set = *small_models().models;
  std::size_t i = 0;
  live(candles, small_models().models,
       [&](const candle& c, const feature_builder& features, const forecaster& f) {
         const auto& s = data.samples[i++];
         ASSERT_EQ(s.time, c.open_time);
         ASSERT_EQ(s.features, features.row());
         for (std::size_t h = 0; h < horizons.size(); ++h) {
           ASSERT_EQ(s.har[h], features.har(h));
           ASSERT_EQ(f.ranges()[h].delta_high,
                     set.ranges[2 * h]->forecast(s.features, s.har[h], {}));
           ASSERT_EQ(f.ranges()[h].delta_low,
                     set.ranges[2 * h + 1]->forecast(s.features, s.har[h], {}));
         }
       });
  EXPECT_EQ(i, data.samples.size());
}

TEST(forecaster, quantiles_ascend_and_cover_what_they_say) {
  const auto candles = simulated_candles(80 * 288);
  const auto data = make_dataset("BTCUSDT", candles);
  std::size_t i = 0, judged = 0, under = 0, inside = 0;
  double coverage = 0;
  live(candles, small_models().models,
       [&](const candle& c, const feature_builder&, const forecaster& f) {
         const auto& s = data.samples[i++];
         const auto& r = f.ranges()[1];
         ASSERT_TRUE(std::is_sorted(r.high_quantiles.begin(), r.high_quantiles.end()));
         if (c.open_time <= small_models().models->train_to || !s.whole(1)) return;
         const auto y = static_cast<double>(s.delta[1][0]);
         ++judged;
         under += y <= r.high_quantiles[q90];
         inside += y >= r.high_quantiles[q10] && y <= r.high_quantiles[q90];
         coverage = r.coverage;
       });
  ASSERT_GT(judged, 10000u);
  EXPECT_NEAR(static_cast<double>(under) / static_cast<double>(judged), .9, .03);
  EXPECT_NEAR(static_cast<double>(inside) / static_cast<double>(judged), coverage, .04);
}

TEST(forecaster, what_a_model_has_learnt_from_does_not_narrow_its_bands) {
  // Everything here was seen in training: the seeds must stay as they are.
  const auto candles = simulated_candles(40 * 288);
  const auto& seeded = *small_models().models->ranges[0];
  conformal_band seed;
  seed.seed(seeded.seed_errors, seeded.seed_coverage);
  std::vector<candle> seen;
  for (const auto& c : candles)
    if (c.open_time <= seeded.seed_last + 6 * base_interval_ms) seen.push_back(c);
  range_forecast last;
  live(seen, small_models().models,
       [&](const candle&, const feature_builder&, const forecaster& f) { last = f.ranges()[0]; });
  for (std::size_t q = 0; q < 9; ++q)
    EXPECT_EQ(last.high_quantiles[q], last.delta_high * static_cast<double>(seed.ratios()[q]));
}

TEST(forecaster, says_nothing_while_windows_fill_and_after_a_gap) {
  const auto candles = simulated_candles(2 * feature_warmup + 10);
  feature_builder features;
  forecaster f;
  EXPECT_FALSE(f.ready());
  EXPECT_EQ(f.models(), nullptr);
  f.use(small_models().models);
  EXPECT_EQ(f.models(), small_models().models);
  for (std::size_t i = 0; i < feature_warmup; ++i) {
    EXPECT_FALSE(f.ready());
    features.push(candles[i]);
    f.step(candles[i], features);
  }
  EXPECT_TRUE(f.ready());
  features.restart();
  f.restart();
  EXPECT_FALSE(f.ready());
  features.push(candles[feature_warmup + 5]);
  f.step(candles[feature_warmup + 5], features);
  EXPECT_FALSE(f.ready());
}

TEST(forecaster, odds_are_probabilities_for_every_stop) {
  const auto candles = simulated_candles(2 * feature_warmup);
  live(candles, small_models().models,
       [](const candle&, const feature_builder& features, const forecaster& f) {
         for (const double stop : {1e-9, .001, .004, .02, 10.})
           for (const bool long_side : {true, false})
             for (const int rr : {2, 3}) {
               const auto o = f.odds(long_side, rr, stop, features);
               ASSERT_NEAR(o.p_tp + o.p_sl + o.p_timeout, 1, 1e-12);
               ASSERT_GE(std::min({o.p_tp, o.p_sl, o.p_timeout}), 0);
               ASSERT_EQ(o.rr, rr);
               ASSERT_GT(o.standard_error_r, 0);
               ASSERT_LE(o.expected_net_r, rr);
             }
       });
}

TEST(walk_forward, measures_blocks_it_has_not_trained_on) {
  const auto candles = simulated_candles(60 * 288);
  walk_options options;
  options.from = candles[45 * 288].open_time;
  options.to = candles[55 * 288].open_time;
  options.blocks = 2;
  options.train_candles = 30 * 288;
  const auto q = walk_forward("BTCUSDT", candles, {}, options);
  ASSERT_EQ(q.error, "");
  ASSERT_EQ(q.ranges.size(), 8u);
  ASSERT_EQ(q.tpsl.size(), 8u);
  for (const auto& r : q.ranges) EXPECT_EQ(r.n, 10u * 288);
  EXPECT_NE(to_text(q).find("1.5 ATR"), std::string::npos);
  options.to = options.from + day_ms;
  EXPECT_NE(walk_forward("BTCUSDT", candles, {}, options).error, "");
}

/// One block, trained on half a year to be quick; the whole protocol is `troupe train`'s.
TEST(walk_forward, beats_its_baselines_on_real_candles) {
  TROUPE_NEEDS_DATA("BTCUSDT-5m-spot-2024_2026.csv.gz");
  const auto candles = tests::read_candles("BTCUSDT-5m-spot-2024_2026.csv.gz");
  walk_options options;
  ASSERT_TRUE(parse_iso8601("2025-09-01", options.from));
  ASSERT_TRUE(parse_iso8601("2025-12-01", options.to));
  options.blocks = 1;
  options.train_candles = 180 * 288;
  const auto q = walk_forward("BTCUSDT", candles, {}, options);
  ASSERT_EQ(q.error, "");
  std::cout << to_text(q);
  double gain_over_har = 0;
  for (std::size_t i = 0; i < 8; i += 2) {
    const auto &high = q.ranges[i], &low = q.ranges[i + 1];
    gain_over_har += high.r2 + low.r2 - high.r2_har - low.r2_har;
    EXPECT_GT(high.r2 + low.r2, high.r2_atr + low.r2_atr + .04) << high.horizon;
    EXPECT_NEAR((high.q80 + low.q80) / 2, .8, .02) << high.horizon;
    EXPECT_NEAR((high.q90 + low.q90) / 2, .9, .02) << high.horizon;
  }
  EXPECT_GT(gain_over_har, 0);
}

} // namespace troupe
