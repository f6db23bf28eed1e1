// Named lists of symbols that a user keeps. Plain values; what may be done to them is
// models/watchlists.hpp's.
#pragma once
#include "messages/symbol.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

inline constexpr std::size_t max_watchlists = 20, max_watchlist_symbols = 100;

struct watchlist {
  std::string id;
  std::string name;                 // 1 to 100 bytes; two lists may bear the same
  std::vector<symbol_name> symbols; // in the user's order, each once
  std::uint64_t version = 1;        // grows by one with each change
  utc_ms created_at = 0, updated_at = 0;
};

} // namespace troupe
