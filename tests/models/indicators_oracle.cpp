// The indicators against values computed by independent libraries on real candles.
#include "models/indicators.hpp"
#include "tests/models/market_data.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <string>

using namespace troupe;

namespace {

constexpr std::array<const char*, 11> columns{"sma20",       "ema12",     "ema26", "macd",
                                              "macd_signal", "macd_hist", "rsi14", "atr14",
                                              "bb_mid",      "bb_up",     "bb_lo"};

std::array<double, 11> values_of(const indicators& x) {
  const auto r = x.report();
  return {r.sma20,
          r.ema12,
          r.ema26,
          r.macd,
          r.macd_signal,
          r.macd_histogram,
          r.rsi,
          r.atr,
          r.bollinger_middle,
          r.bollinger_upper,
          r.bollinger_lower};
}

void compare_with_oracle(const std::string& slice) {
  const auto candles = tests::read_candles("slices/" + slice + ".csv");
  const auto oracle = tests::read_lines("goldens/" + slice + ".oracle.csv.gz");
  ASSERT_EQ(oracle.size(), candles.size() + 1); // the header
  std::array<double, 11> worst{};
  indicators x;
  for (std::size_t i = 0; i < candles.size(); ++i) {
    x.push(candles[i]);
    if (i < 500) continue; // differently seeded averages have met by then
    const auto wanted = tests::cells(oracle[i + 1]);
    ASSERT_EQ(static_cast<utc_ms>(wanted[0]), candles[i].open_time);
    const auto got = values_of(x);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const bool crosses_zero = k >= 3 && k <= 5; // MACD is measured against the price
      const double scale = crosses_zero ? candles[i].close : std::abs(wanted[k + 1]);
      worst[k] = std::max(worst[k], std::abs(got[k] - wanted[k + 1]) / scale);
    }
  }
  for (std::size_t k = 0; k < columns.size(); ++k) {
    std::printf("  %-24s %-12s worst relative deviation %.1e\n", slice.c_str(), columns[k],
                worst[k]);
    EXPECT_LE(worst[k], 1e-9) << columns[k];
  }
}

} // namespace

TEST(indicators_oracle, btc_agrees_with_independent_libraries) {
  TROUPE_NEEDS_DATA("goldens/BTCUSDT-5m-spot-20240301-3000.oracle.csv.gz");
  compare_with_oracle("BTCUSDT-5m-spot-20240301-3000");
}

TEST(indicators_oracle, eurusd_agrees_with_independent_libraries) {
  TROUPE_NEEDS_DATA("goldens/EURUSD-5m-2020-3000.oracle.csv.gz");
  compare_with_oracle("EURUSD-5m-2020-3000");
}
