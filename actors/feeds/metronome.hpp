// The pace of a feed whose candles are due by the clock. One beat is one base candle of every
// symbol, because in a market all candles close at the same instant.
#pragma once
#include "messages/protocol.hpp"

#include <chrono>

namespace troupe {

/// Part of a feed actor's state; wakes it with tick_atom.
class metronome {
public:
  /// `speed`: times real time, > 0 (60: a beat every 5 s). No beat is shorter than a microsecond.
  metronome(feed_actor::pointer self, double speed);

  /// Sets it going; harmless when it is.
  void start();
  void stop() { going_ = false; }

  /// To be asked at each tick_atom: true when a beat is due. A tick that is stale, repeated or
  /// meant for something else is none, and never makes it beat faster.
  bool beat();

private:
  void arm(caf::actor_clock::time_point now);

  feed_actor::pointer self_;
  std::chrono::nanoseconds period_;
  caf::actor_clock::time_point due_{};
  bool going_ = false;
};

} // namespace troupe
