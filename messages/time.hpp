// UTC time as the whole house says it: milliseconds since 1970, the unit of every kline file and
// exchange. No clock lives here: wall time enters at the edges and travels inside messages.
#pragma once
#include <cstdint>
#include <string>

namespace troupe {

/// Milliseconds since 1970-01-01 00:00 UTC.
using utc_ms = std::int64_t;

inline constexpr utc_ms second_ms = 1000;
inline constexpr utc_ms minute_ms = 60 * second_ms;
inline constexpr utc_ms hour_ms = 60 * minute_ms;
inline constexpr utc_ms day_ms = 24 * hour_ms;

/// `2026-01-05T10:00:00.123Z`; years 0 to 9999, else the nearest of them.
std::string to_iso8601(utc_ms at);

/// `2026-01-05T10:00:00.123456Z` from microseconds since 1970.
std::string to_iso8601_us(std::int64_t at_us);

/// Reads `YYYY-MM-DD`, `YYYY-MM-DDThh:mm`, `…:ss`, `….mmm` with optional `Z`.
/// Returns false and leaves `out` alone when the text is not such a time.
bool parse_iso8601(const std::string& text, utc_ms& out);

} // namespace troupe
