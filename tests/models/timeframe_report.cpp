// Indicators folded over a bounded history.
#include "models/timeframe_report.hpp"

#include "models/indicators.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace troupe {

namespace {

std::vector<candle> wave(std::size_t count) {
  std::vector<candle> out;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = 100 + 10 * std::sin(static_cast<double>(i) / 9) + static_cast<double>(i % 7);
    out.push_back({static_cast<utc_ms>(i) * hour_ms, x, x + 2, x - 3, x + 1, 5});
  }
  return out;
}

} // namespace

TEST(timeframe_report, needs_the_longest_window) {
  EXPECT_FALSE(report_of("BTCUSDT", wave(indicators::warmup - 1)));
  const auto first = report_of("BTCUSDT", wave(indicators::warmup));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->symbol, "BTCUSDT");
  EXPECT_EQ(first->candle_time, 49 * hour_ms);
  EXPECT_EQ(first->amd_phase, "none");
}

TEST(timeframe_report, says_what_a_long_history_would) {
  const auto all = wave(3000);
  const std::vector<candle> last{all.end() - timeframe_report_candles, all.end()};
  const auto some = report_of("BTCUSDT", last), whole = report_of("BTCUSDT", all);
  ASSERT_TRUE(some && whole);
  EXPECT_NEAR(some->sma50, whole->sma50, 1e-9);
  for (auto field : {&indicator_report::rsi, &indicator_report::atr, &indicator_report::ema26})
    EXPECT_NEAR(*some.*field, *whole.*field, 1e-3 * std::fabs(*whole.*field));
}

} // namespace troupe
