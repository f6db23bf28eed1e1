// Short texts that nodes share: encoded answers, for one that cannot answer yet, and users' plans.
// Plain values without CAF. Keys are those that other services find in the store that keeps them.
#pragma once
#include "messages/symbol.hpp"
#include "messages/time.hpp"
#include "messages/user.hpp"

#include <cstdint>
#include <string>

namespace troupe {

/// Answer: the text, or an empty one: nobody has put it, or too long ago.
struct get_cached {
  std::string key;
};

struct put_cached {
  std::string key, text;
  utc_ms lifetime_ms = 0;    // > 0
  bool unless_there = false; // leaves what is there as it is
};

/// SPEC §6.
inline constexpr utc_ms prediction_lifetime_ms = minute_ms, indicator_lifetime_ms = 10 * second_ms;
inline constexpr utc_ms plan_lifetime_ms = hour_ms;

inline std::string prediction_key(const symbol_name& symbol, std::int32_t horizon) {
  return "troupe:cache:prediction:" + symbol + ":" + std::to_string(horizon);
}
inline std::string indicators_key(const symbol_name& symbol) {
  return "troupe:cache:indicators:" + symbol;
}
/// Its text is the plan's name: `free`, `basic`, `pro`, `premium`.
inline std::string plan_key(const user_id& user) { return "user:" + user + ":plan"; }

} // namespace troupe
