#include "models/features.hpp"

#include "tests/models/forecast/small_models.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace troupe {
namespace {

using tests::simulated_candles;

bool all_finite(const feature_builder& f) {
  const auto finite = [](auto x) { return std::isfinite(x); };
  bool good = std::all_of(f.row().begin(), f.row().end(), finite);
  for (std::size_t h = 0; h < horizons.size(); ++h)
    good = good && std::all_of(f.har(h).begin(), f.har(h).end(), finite);
  return good && f.sigma() > 0 && f.atr_fraction() > 0;
}

std::size_t at(std::string_view name) {
  const auto found = std::find(feature_names.begin(), feature_names.end(), name);
  return static_cast<std::size_t>(found - feature_names.begin());
}

} // namespace

TEST(features, have_24_different_names_and_a_hash) {
  EXPECT_EQ(std::set<std::string_view>(feature_names.begin(), feature_names.end()).size(), 24u);
  EXPECT_EQ(feature_hash().size(), 16u);
}

TEST(features, a_row_comes_only_after_the_whole_warm_up) {
  feature_builder f;
  const auto candles = simulated_candles(feature_warmup);
  for (std::size_t i = 0; i < candles.size(); ++i) {
    EXPECT_FALSE(f.ready());
    EXPECT_EQ(f.warmup_left(), feature_warmup - i);
    f.push(candles[i]);
  }
  EXPECT_TRUE(f.ready());
  EXPECT_EQ(f.warmup_left(), 0u);
  EXPECT_TRUE(all_finite(f));
}

TEST(features, after_a_restart_nothing_is_remembered) {
  const auto candles = simulated_candles(3 * feature_warmup);
  feature_builder used, fresh;
  for (std::size_t i = 0; i < 2500; ++i) used.push(candles[i]);
  used.restart();
  EXPECT_FALSE(used.ready());
  EXPECT_EQ(used.warmup_left(), feature_warmup);
  for (std::size_t i = 3000; i < 3000 + feature_warmup; ++i) {
    used.push(candles[i]);
    fresh.push(candles[i]);
  }
  EXPECT_EQ(used.row(), fresh.row());
  EXPECT_EQ(used.har(3), fresh.har(3));
}

TEST(features, are_what_their_definitions_say) {
  const auto candles = simulated_candles(5000);
  feature_builder f;
  for (const auto& c : candles) f.push(c);
  const auto close = [&](std::size_t age) { return candles[candles.size() - 1 - age].close; };
  const auto span = [&](std::size_t age) {
    const auto& c = candles[candles.size() - 1 - age];
    return std::log(c.high / c.low);
  };
  const auto near = [&](std::string_view name, double expected) {
    const auto got = static_cast<double>(f.row()[at(name)]);
    EXPECT_NEAR(got, expected, 1e-6 * std::max(1e-3, std::abs(expected))) << name;
  };
  const auto mean_span = [&](std::size_t n) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += span(i);
    return sum / static_cast<double>(n);
  };
  near("momentum_5", std::log(close(0) / close(5)));
  near("momentum_20", std::log(close(0) / close(20)));
  double sma = 0, squares = 0, mean = 0, deviation = 0;
  for (std::size_t i = 0; i < 50; ++i) sma += close(i) / 50;
  near("sma_ratio_50", close(0) / sma - 1);
  for (std::size_t i = 0; i < 72; ++i) squares += span(i) * span(i) / 72;
  near("parkinson_72", std::sqrt(squares / (4 * std::log(2.0))));
  near("range_ratio", mean_span(12) / mean_span(288));
  for (std::size_t i = 0; i < 288; ++i) mean += std::log(close(i) / close(i + 1)) / 288;
  for (std::size_t i = 0; i < 288; ++i)
    deviation += std::pow(std::log(close(i) / close(i + 1)) - mean, 2) / 288;
  near("volatility_288", std::sqrt(deviation));
  EXPECT_NEAR(f.sigma(), std::sqrt(deviation), 1e-12);
  for (std::size_t k : {0, 1, 2, 3, 4})
    EXPECT_NEAR(f.har(0)[k], mean_span(std::array<std::size_t, 5>{3, 12, 72, 288, 2016}[k]), 1e-12);
  const auto next_slot = (candles.back().open_time / base_interval_ms + 1) % 288;
  near("tod_sin", std::sin(2 * std::acos(-1.0) * static_cast<double>(next_slot) / 288));
}

TEST(features, the_slot_profile_finds_the_hour_that_is_wild) {
  feature_builder f;
  const utc_ms start = 20000 * day_ms;
  for (int i = 0; i < 20 * 288; ++i) {
    const bool wild = i % 288 >= 120 && i % 288 < 132;
    const double half = wild ? .004 : .001;
    f.push({start + i * base_interval_ms, 100, 100 * (1 + half), 100 * (1 - half), 100, 1});
  }
  // The next slot is 0: calm, and the coming 6 candles are, too.
  EXPECT_NEAR(static_cast<double>(f.row()[at("slot_range")]), 288. / (276 + 12 * 4), .02);
  for (int i = 0; i < 120; ++i)
    f.push({start + (20 * 288 + i) * base_interval_ms, 100, 100.1, 99.9, 100, 1});
  EXPECT_NEAR(static_cast<double>(f.row()[at("slot_range")]), 4 * 288. / (276 + 12 * 4), .1);
  EXPECT_GT(f.har(0)[5], 3 * f.har(0)[3]);
}

TEST(features, stay_finite_on_a_frozen_and_on_an_absurd_market) {
  feature_builder frozen, absurd;
  for (std::uint32_t i = 0; i < feature_warmup + 300; ++i) {
    const utc_ms time = 1'700'000'100'000 + i * base_interval_ms;
    frozen.push({time, 5, 5, 5, 5, 0});
    const double wild = i % 2 ? 1e-300 : 1e300;
    absurd.push({time, wild, 1e300, 1e-300, wild, 1e308});
  }
  EXPECT_TRUE(all_finite(frozen));
  EXPECT_TRUE(all_finite(absurd));
}

TEST(features, long_runs_do_not_drift) {
  const auto candles = simulated_candles(40000, 9);
  feature_builder all, late;
  for (const auto& c : candles) all.push(c);
  for (std::size_t i = candles.size() - feature_warmup; i < candles.size(); ++i)
    late.push(candles[i]);
  for (const auto* name : {"volatility_288", "parkinson_72", "range_ratio", "volume_trend"}) {
    const auto a = static_cast<double>(all.row()[at(name)]);
    EXPECT_NEAR(a, static_cast<double>(late.row()[at(name)]), 1e-6 * a) << name;
  }
}

} // namespace troupe
