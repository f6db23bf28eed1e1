// The feed of a real provider: candles by stream, and by request whatever the stream does not
// bring. A symbol gets every candle once and in order, however the provider fails; while it does,
// the feed says `stale` and questions about the past are refused at once, so that nobody waits who
// has a store. What providers say is in provider.hpp, one stream's life in stream_link.hpp.
#pragma once
#include "actors/feeds/history_line.hpp"
#include "actors/feeds/provider.hpp"
#include "actors/feeds/stream.hpp"
#include "actors/feeds/stream_link.hpp"
#include "actors/log.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>

namespace troupe {

struct live_feed_options {
  provider_words words;
  stream_actor streams;
  outbound_actor rest;
  link_limits link;
  history_limits history;
  /// The wall, for as long as the provider has not said what time it is.
  std::function<utc_ms()> wall;
  double clock_speed = 1; // of the provider's time beside ours
  /// What a symbol without any candle gets first: so much of the past.
  utc_ms first_history_ms = 365 * day_ms;
  /// A stream is given so long to bring a candle that has closed before it is asked for.
  std::int64_t stream_grace_ms = 4'000;
  /// A provider that answers without a candle this old (by its clock, and at least two base
  /// intervals) has none.
  utc_ms settled_after_ms = 2 * base_interval_ms;
  std::int64_t first_retry_ms = 1'000, longest_retry_ms = 15'000; // of a gap that was not filled
  std::int64_t beat_ms = 250;
  std::int64_t quote_every_ms = 1'000;      // per symbol at most
  std::function<void(const quote&)> quotes; // passes one on; never blocks; may be empty
  std::function<double()> uniform;          // in [0, 1)
  log_sink log;
};

/// `get_candles` asks the provider, at most 400,000 candles; errors: validation_error (limit 0),
/// symbol_not_found (malformed, or the provider has no such symbol), market_data_error (it does not
/// answer, or has asked for silence), busy. Status "stale" when a symbol is two candles behind or
/// the provider does not let itself be asked.
feed_actor spawn_live_feed(caf::actor_system& system, live_feed_options options);

} // namespace troupe
