// The best bid and ask of a symbol, and what is kept of them: how wide the spread between them was.
// Market prices: doubles, never money of an account.
#pragma once
#include "messages/symbol.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// A feed with a book says one a second per symbol at most. `price` and `volume`: close and volume
/// so far of the candle that is open; 0 when the feed has not said.
struct quote {
  symbol_name symbol;
  double bid = 0, ask = 0;
  double price = 0, volume = 0;
  utc_ms at = 0; // by the provider's clock
};

/// Spreads (ask - bid, in price) of a symbol over part of one hour of the UTC day.
/// Key: (symbol, from).
struct spread_row {
  symbol_name symbol;
  utc_ms from = 0, to = 0; // times of its first and last quote
  std::uint64_t count = 0; // quotes
  double sum = 0, min = 0, max = 0;
};

struct put_spreads {
  std::vector<spread_row> rows;
};

/// Adds up rows with since <= from < until whose hour of the UTC day is in [hour_from, hour_to).
/// Answer: one row without a symbol's key meaning: `from` and `to` are its first and last quote's,
/// count 0 when there is none.
struct get_spreads {
  symbol_name symbol;
  utc_ms since = 0, until = 0;
  int hour_from = 0, hour_to = 24;
};

} // namespace troupe
