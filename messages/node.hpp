// What a node says about itself: the state of a symbol, and counters shared by all floors.
#pragma once
#include "messages/candle.hpp"

#include <cstdint>
#include <string>

namespace troupe {

/// Why a symbol answers FEATURE_ERROR, or that it is live.
struct symbol_status {
  symbol_name symbol;
  bool ready = false;            // predictions can be made
  std::uint32_t warmup_left = 0; // base candles until features are whole
  bool has_model = false;
  std::string model_version, model_source;
  utc_ms last_candle = 0;
  std::uint64_t candles = 0, duplicates = 0, late = 0, invalid = 0, gaps = 0, filled = 0,
                resets = 0;
  std::uint64_t unstored_rows = 0; // waiting for the store
  std::uint64_t dropped_rows = 0;  // log rows given up: the store refused them, or for too long
};

struct get_symbol_status {};

/// What a feed can say of itself. `state`: "live", "finished", "stale".
struct feed_status {
  std::string name;
  std::string state;
  std::uint64_t candles = 0;
  utc_ms last_candle = 0;
  std::string note; // for people, e.g. that the market is simulated
};

struct get_feed_status {};

/// Wall time brought in from outside, about once a minute.
struct wall_clock {
  utc_ms now = 0;
};

} // namespace troupe
