// One traded instrument: owns its symbol_stream, brings candles to it once and in order, tells the
// publisher and the store what came of them, and answers questions about now. The rules are the
// stream's; here is only waiting: for the store at start, for the feed at a gap.
#pragma once
#include "actors/counters.hpp"
#include "actors/log.hpp"
#include "messages/protocol.hpp"
#include "models/symbol_stream.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <limits>
#include <memory>

namespace troupe {

/// Log rows a symbol holds for a store that does not take them; past it the oldest are dropped.
inline constexpr std::size_t max_unstored_rows = 20000;
/// Past so many unstored rows a feed's credit is held back until the store has caught up.
inline constexpr std::size_t held_credit_rows = 4000;
/// Base candles asked of the store for one answer about a longer timeframe.
inline constexpr std::uint32_t max_history_base_candles = 150000;

struct symbol_options {
  symbol_name symbol;
  std::string source; // of its candles, as the store keeps it: the feed's name
  stream_options stream;
  model_set_ptr models;               // null: none yet
  model_set_ptr challenger;           // tried beside them; null: none
  std::uint32_t backfill_candles = 0; // asked of the feed when the store is empty; 0: never
  utc_ms backfill_to = std::numeric_limits<utc_ms>::max(); // its history ends before
  /// A feed that has no history now may have it later: it is asked until it answers.
  bool backfill_again = false;
  std::chrono::seconds backfill_timeout{30}; // of one question
  /// So many of the newest stored candles are spoken of at the start if nothing that was said of
  /// them is stored: whoever had the symbol before did not come to it. 0: none but the newest.
  std::uint32_t late_candles = 0;
};

/// Whom a symbol knows. Handles may be empty in tests that do not reach them.
struct symbol_peers {
  feed_actor feed;
  store_actor store;
  publisher_actor publisher;
  trainer_actor trainer;
  std::shared_ptr<counters> count;
  log_sink log;
};

/// Recovers from the store, backfills when that is empty, tells the trainer whether it needs a
/// model, then watches the feed. Before that every question is answered with feature_error.
symbol_actor spawn_symbol(caf::actor_system& system, symbol_options options, symbol_peers peers);

} // namespace troupe
