// Candles of one symbol turned into rows to learn from, through the same feature_builder that runs
// live, with the outcomes that followed. Nothing is fitted here.
#pragma once
#include "models/features.hpp"

#include <array>
#include <functional>
#include <vector>

namespace troupe {

/// What was known at one close, and how far the coming highs and lows then lay.
struct sample {
  utc_ms time = 0;            // open time of the candle
  std::uint32_t at = 0;       // its index in dataset::candles
  std::uint32_t followed = 0; // candles after it before the next gap
  double sigma = 0, atr_fraction = 0;
  feature_row features{};
  std::array<har_row, horizons.size()> har{};
  /// [horizon][side]: fractions of the close; meaningful where `followed` >= the horizon.
  std::array<std::array<float, 2>, horizons.size()> delta{};

  bool whole(std::size_t horizon_index) const {
    return followed >= static_cast<std::uint32_t>(horizons[horizon_index]);
  }
};

struct dataset {
  symbol_name symbol;
  std::vector<candle> candles;
  std::vector<sample> samples; // ascending in time
};

/// True when the market was closed by schedule between two candles: windows then run on.
using closure_rule = std::function<bool(utc_ms last_open_time, utc_ms next_open_time)>;

/// Candles in ascending order (others are left out). Any other gap restarts the features; no
/// outcome looks across one. Without a rule every missing slot is a gap.
dataset make_dataset(symbol_name symbol, std::vector<candle> candles,
                     const closure_rule& scheduled = {});

/// True when no candle is missing between these two, but for scheduled ones.
bool follows(const candle& last, const candle& next, const closure_rule& scheduled);

/// How far the high (low) of the `count` candles after a close lay from it, as a fraction.
double delta_high(double close, const candle* after, std::size_t count);
double delta_low(double close, const candle* after, std::size_t count);

} // namespace troupe
