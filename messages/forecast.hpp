// What a model says about the next candles: how far the high and the low will lie from the last
// close. Deltas are positive fractions of that close (0.004 = 40 bp). How they are made:
// models/forecast.
#pragma once
#include "messages/candle.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// How many base candles ahead: scalping, intraday, swing, position.
inline constexpr std::array<int, 4> horizons{6, 18, 36, 72};
inline constexpr std::array<std::string_view, 4> horizon_names{"scalping", "intraday", "swing",
                                                               "position"};
/// Horizons whose signal is pushed at each closed candle; the others are made on request.
inline constexpr std::array<int, 2> pushed_horizons{6, 18};

/// Index into `horizons`, or -1.
constexpr int horizon_index(int horizon) {
  for (std::size_t i = 0; i < horizons.size(); ++i)
    if (horizons[i] == horizon) return static_cast<int>(i);
  return -1;
}

enum class range_side : std::uint8_t { high, low };

/// Levels of the conformal quantiles that every band carries, ascending.
inline constexpr std::array<double, 9> quantile_levels{.05, .10, .20, .25, .50, .75, .80, .90, .95};
inline constexpr std::size_t q05 = 0, q10 = 1, q20 = 2, q25 = 3, q50 = 4, q75 = 5, q80 = 6, q90 = 7,
                             q95 = 8;
using quantile_deltas = std::array<double, 9>;

/// One prediction for (symbol, horizon) made at the close of candle `candle_time`.
struct prediction {
  symbol_name symbol;
  std::int32_t horizon = 0;
  utc_ms candle_time = 0; // open time of the last closed candle
  double current_price = 0;
  double delta_high = 0, delta_low = 0;              // mean forecast, fraction of current_price
  quantile_deltas high_quantiles{}, low_quantiles{}; // fractions, ascending
  double confidence = 0; // measured coverage of the q10..q90 bands over the last 30 days, 0..1
  std::string model_version;
};

struct get_prediction {
  std::int32_t horizon = 0;
};

/// Predictions of every horizon for the same candle.
struct get_predictions {};

/// Indicator values after the last closed candle. NaN never leaves: `ready` is false instead.
struct indicator_report {
  symbol_name symbol;
  utc_ms candle_time = 0;
  double sma10 = 0, sma20 = 0, sma50 = 0, ema12 = 0, ema26 = 0, rsi = 0;
  double macd = 0, macd_signal = 0, macd_histogram = 0, atr = 0;
  double bollinger_upper = 0, bollinger_middle = 0, bollinger_lower = 0;
  double volatility = 0, volume_ratio = 0;
  std::string amd_phase; // accumulation, manipulation, distribution, none
};

struct get_indicators {};

} // namespace troupe
