// Candles and what is said of them. Prices are market data: doubles, never money of an account.
#pragma once
#include "messages/symbol.hpp"
#include "messages/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace troupe {

/// Length of the base candle; everything longer is aggregated from it.
inline constexpr utc_ms base_interval_ms = 5 * minute_ms;

/// One closed base candle. `open_time` is a multiple of base_interval_ms;
/// low <= open, close <= high, all finite and > 0; volume finite and >= 0.
struct candle {
  utc_ms open_time = 0;
  double open = 0, high = 0, low = 0, close = 0, volume = 0;
};

inline bool operator==(const candle& a, const candle& b) {
  return a.open_time == b.open_time && a.open == b.open && a.high == b.high && a.low == b.low
      && a.close == b.close && a.volume == b.volume;
}

/// What a client may ask history in. Values are indices, stored nowhere.
enum class timeframe : std::uint8_t { m5, m15, h1, h4, d1 };

inline constexpr std::array<timeframe, 5> timeframes{timeframe::m5, timeframe::m15, timeframe::h1,
                                                     timeframe::h4, timeframe::d1};

/// Length of a candle of that timeframe.
constexpr utc_ms length_ms(timeframe tf) {
  constexpr std::array<utc_ms, 5> lengths{base_interval_ms, 15 * minute_ms, hour_ms, 4 * hour_ms,
                                          day_ms};
  return lengths[static_cast<std::size_t>(tf)];
}

/// `5m`, `15m`, `1h`, `4h`, `1d`.
std::string_view to_string(timeframe tf);
std::optional<timeframe> parse_timeframe(std::string_view text);

/// Candles of one symbol in ascending order of time, as a feed or a store hands them over.
/// `received_ns`: steady clock when the newest of them entered the process (0: unknown), for
/// latency.
struct candle_batch {
  symbol_name symbol;
  std::vector<candle> candles;
  std::int64_t received_ns = 0;
};

/// A symbol's answer to a candle_batch: the feed's credit to go on.
/// `last_time`: open time of the newest candle applied so far, 0 before the first.
struct batch_applied {
  symbol_name symbol;
  utc_ms last_time = 0;
  std::uint32_t applied = 0, duplicates = 0, rejected = 0;
};

/// Asks for base candles with from <= open_time < to, ascending, the newest `limit` of them.
struct get_candles {
  symbol_name symbol;
  utc_ms from = 0;
  utc_ms to = 0;
  std::uint32_t limit = 0; // > 0
};

/// Asks a symbol for its newest `limit` closed candles of a timeframe.
struct get_history {
  timeframe interval = timeframe::m5;
  std::uint32_t limit = 0; // 1 to max_history_candles
};

inline constexpr std::uint32_t max_history_candles = 5000;

} // namespace troupe
