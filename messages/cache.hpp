// Encoded answers that nodes share, for one that cannot answer yet. Plain values without CAF.
#pragma once
#include "messages/symbol.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>

namespace troupe {

/// Answer: the text, or an empty one: nobody has put it, or too long ago.
struct get_cached {
  std::string key;
};

struct put_cached {
  std::string key, text;
  utc_ms lifetime_ms = 0; // > 0
};

/// SPEC §6.
inline constexpr utc_ms prediction_lifetime_ms = minute_ms, indicator_lifetime_ms = 10 * second_ms;

inline std::string prediction_key(const symbol_name& symbol, std::int32_t horizon) {
  return "prediction:" + symbol + ":" + std::to_string(horizon);
}
inline std::string indicators_key(const symbol_name& symbol) { return "indicators:" + symbol; }

} // namespace troupe
