// Indicators of candles longer than the base ones: the same set folded over a bounded history, on
// request. Symbols keep only those of the base candles.
#pragma once
#include "messages/candle.hpp"
#include "messages/forecast.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace troupe {

/// Candles that suffice: what came before them weighs less than 0.1 % in the slowest average
/// (Wilder's over 14: (13/14)^120 = 0.0001, after the 14 that seed it).
inline constexpr std::uint32_t timeframe_report_candles = 135;

/// After the last of these candles, in ascending order. None when they are fewer than
/// indicators::warmup. The AMD phase, whose windows are counted in base candles, is `none`.
std::optional<indicator_report> report_of(const symbol_name& symbol,
                                          const std::vector<candle>& candles);

} // namespace troupe
