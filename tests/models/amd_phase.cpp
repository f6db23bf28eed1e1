#include "models/market/amd_phase.hpp"
#include "tests/models/market_data.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

using namespace troupe;

namespace {

std::vector<candle> walk(int count, unsigned seed) {
  std::mt19937 random{seed};
  std::normal_distribution<double> step(0, 1);
  std::vector<candle> out;
  double last = 1000;
  for (int i = 0; i < count; ++i) {
    const double loud = 1 + std::sin(i / 200.0); // calm and loud days
    candle c{(i + 1) * base_interval_ms, last, 0, 0, last + loud * step(random), 1};
    c.high = std::max(c.open, c.close) + loud * std::abs(step(random));
    c.low = std::min(c.open, c.close) - loud * std::abs(step(random));
    last = c.close;
    out.push_back(c);
  }
  return out;
}

// The rule of the header, read from the whole history.
struct plain_rule {
  std::vector<candle> all;
  std::vector<double> widths;
  amd_phase event = amd_phase::none;
  int left = 0;

  double width() const {
    double mean = 0, squares = 0;
    for (std::size_t i = all.size() - 20; i < all.size(); ++i) mean += all[i].close / 20;
    for (std::size_t i = all.size() - 20; i < all.size(); ++i)
      squares += (all[i].close - mean) * (all[i].close - mean) / 20;
    return 4 * std::sqrt(squares) / mean;
  }

  double rank() const {
    const auto below = std::count_if(widths.end() - 1440, widths.end(),
                                     [&](double w) { return w < widths.back(); });
    return static_cast<double>(below) / 1440;
  }

  amd_phase step(const candle& c) {
    all.push_back(c);
    if (all.size() >= 50) widths.push_back(width());
    if (widths.size() < 1440) return amd_phase::none;
    double highest = 0, lowest = 1e300;
    for (std::size_t i = all.size() - 37; i < all.size() - 1; ++i) {
      highest = std::max(highest, all[i].high);
      lowest = std::min(lowest, all[i].low);
    }
    const double range = c.high - c.low, r = rank();
    const double upper = range > 0 ? (c.high - std::max(c.open, c.close)) / range : 0;
    const double lower = range > 0 ? (std::min(c.open, c.close) - c.low) / range : 0;
    if ((c.close > highest || c.close < lowest) && r >= .5) {
      event = amd_phase::distribution;
      left = 5;
    } else if ((c.high > highest && c.close <= highest && upper >= .5)
               || (c.low < lowest && c.close >= lowest && lower >= .5)) {
      event = amd_phase::manipulation;
      left = 7;
    }
    if (left-- > 0) return event;
    left = 0;
    return r <= .3 ? amd_phase::accumulation : amd_phase::none;
  }
};

// The detector with the indicators that are folded before it.
struct detector {
  indicators folded;
  amd_phase_detector rule;

  amd_phase push(const candle& c) {
    folded.push(c);
    rule.push(c, folded);
    return rule.phase();
  }
};

} // namespace

TEST(amd_phase, the_incremental_rule_is_the_rule) {
  detector amd;
  plain_rule plain;
  std::array<int, 4> seen{};
  for (const auto& c : walk(4000, 7)) {
    amd.push(c);
    const auto wanted = plain.step(c);
    ASSERT_EQ(amd.rule.phase(), wanted) << "candle " << plain.all.size();
    ++seen[static_cast<std::size_t>(wanted)];
  }
  for (int n : seen) EXPECT_GT(n, 100);
}

TEST(amd_phase, no_phase_is_given_before_five_days_are_known) {
  detector amd;
  const auto candles = walk(static_cast<int>(amd_phase_detector::warmup), 3);
  for (std::size_t i = 0; i < candles.size(); ++i) {
    EXPECT_FALSE(amd.rule.ready());
    EXPECT_EQ(amd.rule.phase(), amd_phase::none);
    amd.push(candles[i]);
  }
  EXPECT_TRUE(amd.rule.ready());
  amd.rule.restart();
  EXPECT_FALSE(amd.rule.ready());
}

TEST(amd_phase, a_swept_high_is_manipulation_for_seven_candles_and_a_breakout_replaces_it) {
  detector amd;
  utc_ms t = 0;
  const auto push = [&](double open, double high, double low, double close) {
    return amd.push({t += base_interval_ms, open, high, low, close, 1});
  };
  for (int i = 0; i < 1500; ++i) push(100, 101, 99, 100 + (i % 2) * 0.1);
  EXPECT_EQ(push(100, 103, 99.5, 100), amd_phase::manipulation);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(push(100, 101, 99, 100), amd_phase::manipulation) << i;
  EXPECT_EQ(push(100, 101, 99, 100), amd_phase::accumulation); // the calmest band so far
  EXPECT_EQ(push(100, 101, 97, 100), amd_phase::manipulation); // and the low
  EXPECT_EQ(push(100, 110, 100, 109), amd_phase::distribution);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(push(109, 109, 108, 109), amd_phase::distribution) << i;
  EXPECT_EQ(push(109, 109, 108, 109), amd_phase::none); // the band is still wide
}

TEST(amd_phase, a_market_that_stands_still_accumulates) {
  detector amd;
  for (int i = 1; i <= 2000; ++i) amd.push({i * base_interval_ms, 1, 1, 1, 1, 0});
  EXPECT_EQ(amd.rule.phase(), amd_phase::accumulation);
}

TEST(amd_phase, a_rank_window_counts_what_is_below) {
  std::mt19937 random{5};
  std::uniform_int_distribution<int> value(0, 30); // many ties
  rank_window window{50};
  std::vector<double> all;
  for (int i = 0; i < 2000; ++i) {
    const double x = value(random);
    all.push_back(x);
    window.push(x);
    const auto from = all.size() > 50 ? all.end() - 50 : all.begin();
    const double below =
        static_cast<double>(std::count_if(from, all.end(), [&](double y) { return y < x; }));
    ASSERT_DOUBLE_EQ(window.rank(x), below / static_cast<double>(all.end() - from));
  }
}

TEST(amd_phase, an_extreme_leaves_with_its_window) {
  std::mt19937 random{9};
  std::uniform_int_distribution<int> value(0, 1000);
  window_extreme<36, true> high;
  window_extreme<36, false> low;
  std::vector<double> all;
  for (int i = 0; i < 3000; ++i) {
    all.push_back(value(random));
    high.push(all.back());
    low.push(all.back());
    const auto from = all.size() > 36 ? all.end() - 36 : all.begin();
    ASSERT_EQ(high.value(), *std::max_element(from, all.end()));
    ASSERT_EQ(low.value(), *std::min_element(from, all.end()));
  }
}

TEST(amd_phase, two_years_of_btc_have_the_published_shares) {
  const char* file = "BTCUSDT-5m-spot-2024_2026.csv.gz";
  TROUPE_NEEDS_DATA(file);
  detector amd;
  std::array<double, 4> n{};
  double total = 0;
  for (const auto& c : tests::read_candles(file)) {
    amd.push(c);
    if (!amd.rule.ready()) continue;
    ++n[static_cast<std::size_t>(amd.rule.phase())];
    ++total;
  }
  const std::array<double, 4> published{.43, .28, .14, .15};
  for (auto p : {amd_phase::none, amd_phase::accumulation, amd_phase::manipulation,
                 amd_phase::distribution}) {
    const auto i = static_cast<std::size_t>(p);
    std::printf("  BTC 2024..2026: %-12s %.3f\n", to_string(p).data(), n[i] / total);
    EXPECT_NEAR(n[i] / total, published[i], .06) << to_string(p);
  }
}
