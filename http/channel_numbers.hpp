// The numbers of a symbol's events where several nodes may say them, one after the other: the same
// event has the same number whoever says it, and what a later owner says first is above all that an
// earlier one said. Below 2^53, which a client of JavaScript counts exactly, and above the
// microseconds that a node alone begins with. Pure.
#pragma once
#include "messages/candle.hpp"

#include <cstdint>

namespace troupe {

inline constexpr std::uint64_t numbers_begin = std::uint64_t{1} << 51;
inline constexpr std::uint64_t numbers_per_epoch = std::uint64_t{1} << 32;
/// Later epochs begin where this one does. A takeover a second lasts for 12 days.
inline constexpr std::uint64_t max_numbered_epoch = (std::uint64_t{1} << 20) - 1;

/// The number before the first event of a channel that says `events` of each candle. A candle that
/// nothing is said of leaves a hole, and so a gap that is told.
constexpr std::uint64_t number_before(utc_ms candle_time, std::size_t events) {
  return numbers_begin
      + static_cast<std::uint64_t>(candle_time / base_interval_ms)
      * static_cast<std::uint64_t>(events);
}

/// The number before the first of a channel whose events are not of candles, under that epoch.
constexpr std::uint64_t number_before_epoch(std::uint64_t epoch) {
  return numbers_begin
      + (epoch < max_numbered_epoch ? epoch : max_numbered_epoch) * numbers_per_epoch;
}

} // namespace troupe
