// A feed of candles that are given: real history through the live path. Reads no file (the runtime
// does) and invents nothing: a gap in what it was given stays one.
#pragma once
#include "messages/protocol.hpp"

#include <map>
#include <memory>
#include <vector>

namespace troupe {

struct replay_feed_options {
  /// By symbol, ascending, each open_time once.
  std::map<symbol_name, std::shared_ptr<const std::vector<candle>>> candles;
  /// Times real time; times at which no symbol has a candle are skipped. 0: as fast as answered.
  double speed = 0;
  /// Candles that close by then are history: handed over at once, whatever the speed.
  utc_ms start = 0;
};

/// Two batches of up to 256 candles unanswered per symbol. `get_candles` answers from what was
/// given, wherever the replay stands; errors: validation_error (limit 0), symbol_not_found
/// (malformed). Status "finished" once every symbol that watches has answered for its last candle.
/// Quits on a speed that is none.
feed_actor::behavior_type replay_feed(feed_actor::pointer self, replay_feed_options options);

} // namespace troupe
