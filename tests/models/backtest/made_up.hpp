// Candles and scores written by hand, and a driftless market, for the tests of backtests.
#pragma once
#include "models/backtest/simulator.hpp"

#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace troupe::tests {

inline constexpr utc_ms first_close = 1'735'689'600'000; // 2025-01-01

/// One candle after the other, five minutes apart.
struct candle_row {
  double open, high, low, close;
};
inline std::vector<candle> candles_of(const std::vector<candle_row>& rows) {
  std::vector<candle> out;
  for (const auto& r : rows)
    out.push_back({first_close + static_cast<utc_ms>(out.size()) * base_interval_ms, r.open, r.high,
                   r.low, r.close, 1});
  return out;
}

/// Candles that stand still at 100.
inline std::vector<candle> still(std::size_t count) {
  return candles_of(std::vector<candle_row>(count, {100, 100, 100, 100}));
}

/// A close at which a long entry at RR 2 is expected to bring `net` R before costs, a short one
/// less; stop 1 %.
inline scored_close scored(const candle& c, double net = 1) {
  scored_close out;
  out.time = c.open_time;
  out.close = c.close;
  out.sigma = 0.01 / std::sqrt(6.);
  const double p = (net + 1) / 3;
  out.odds[0] = {{{2, p, 1 - p, 0, 0, 0, 0}, {3, .1, .9, 0, 0, 0, 0}}};
  out.odds[1] = {{{2, .1, .9, 0, 0, 0, 0}, {3, .1, .9, 0, 0, 0, 0}}};
  return out;
}

/// Every candle but the last `unscored` has a close to judge.
inline scored_history history_of(const std::vector<candle>& candles, std::size_t unscored = 0) {
  scored_history out;
  for (std::size_t i = 0; i + unscored < candles.size(); ++i) {
    out.closes.push_back(scored(candles[i]));
    out.at.push_back(static_cast<std::uint32_t>(i));
  }
  return out;
}

/// A walk without drift: each candle is 100 small steps of the same size distribution, so that
/// barriers are met nearly where they stand. The mean of the price does not move.
inline std::vector<candle> driftless_walk(std::size_t count, unsigned seed) {
  constexpr int steps = 100;
  constexpr double step = 1e-4;
  std::mt19937_64 random(seed);
  std::vector<candle> out;
  double price = 100;
  for (std::size_t i = 0; i < count; ++i) {
    candle c{
        first_close + static_cast<utc_ms>(i) * base_interval_ms, price, price, price, price, 1};
    std::uint64_t bits = 0;
    for (int k = 0; k < steps; ++k) {
      if (k % 64 == 0) bits = random();
      price *= (bits >> (k % 64) & 1) ? 1 + step : 1 - step;
      c.high = std::max(c.high, price);
      c.low = std::min(c.low, price);
    }
    c.close = price;
    out.push_back(c);
  }
  return out;
}

} // namespace troupe::tests
