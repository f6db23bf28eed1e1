// A feed that makes its market up (models/simulated_market) and says so. First everything between
// what a symbol has and the market's present, as fast as the symbol takes it; then a candle of
// every symbol per beat. It never looks at a wall clock: its time is where the runtime says it
// stands, and moves by beats.
#pragma once
#include "messages/protocol.hpp"

#include <cstdint>
#include <functional>

namespace troupe {

struct simulated_feed_options {
  std::uint64_t seed = 1;
  /// Times real time: 60 is a candle every 5 s. 0: no pace, as fast as the symbols answer.
  double speed = 60;
  bool drift = true; // plants what can be learned
  /// Open time of the first candle of every symbol; the same on every start of a node.
  utc_ms origin = 0;
  /// The market's present at start: the close of the newest stored candle, or how much history a
  /// first start shall have. Never before `origin`; a watch that has newer candles moves it on.
  utc_ms now = 0;
  /// Candles per symbol, counted from its first watch, after which it is finished. 0: endless.
  std::uint64_t max_candles = 0;
  /// Base slots without a candle, by symbol (a calendar's closures). Empty: around the clock.
  std::function<bool(const symbol_name& symbol, utc_ms open_time)> closed;
};

/// One batch of up to 512 candles unanswered per symbol. `get_candles` serves any closed candle of
/// any symbol, made again from the origin, the newest 1,000,000 at most. Errors: validation_error
/// (limit 0), symbol_not_found (malformed), busy (the 2001st symbol). Quits on a speed that is
/// none.
feed_actor::behavior_type simulated_feed(feed_actor::pointer self, simulated_feed_options options);

} // namespace troupe
