// How a feed hands candles to the symbols that watch it: in order, so many batches unanswered at
// most, again after an error, never to the dead. Where candles come from and when they are due is
// the feed's; nothing is queued here, what is due is asked for when there is credit.
#pragma once
#include "actors/feeds/stream.hpp"
#include "messages/protocol.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace troupe {

struct courier_settings {
  std::size_t batch_candles = 512; // in one message at most
  unsigned window_batches = 1;     // unanswered at most, per symbol
  std::size_t max_symbols = 2000;  // further ones are refused: requests outstanding are bounded
  std::chrono::seconds answer_timeout{30};
  std::chrono::seconds retry_delay{1};
};

/// Part of a feed actor's state; `Feed` is its own typed handle. @pre the feed calls pump() at each
/// tick_atom: a retry wakes it so.
template<class Feed>
class basic_courier {
public:
  /// What is due for a symbol: up to `limit` candles with open_time > after, ascending. Asked again
  /// with the same `after` it gives the same candles first.
  using due_candles =
      std::function<std::vector<candle>(const symbol_name&, utc_ms after, std::size_t limit)>;

  basic_courier(typename Feed::pointer self, courier_settings settings, due_candles due);

  /// Connects the symbol and monitors its target. Repeated by the same target it changes nothing
  /// (but for a later `after`, from which it goes on); another target replaces the first. False
  /// when refused: a malformed watch, or one too many.
  bool watch(const troupe::watch& request);

  /// Sends what is due to everyone who has credit.
  void pump();

  struct position {
    utc_ms sent = 0;     // open time of the newest candle under way
    utc_ms answered = 0; // all up to it are applied
  };
  /// Every symbol connected and how far it is.
  std::map<symbol_name, position> positions() const;

  /// Candles answered for, and the newest of them.
  std::uint64_t delivered() const { return delivered_; }
  utc_ms last_candle() const { return last_candle_; }

private:
  struct line {
    symbol_actor target;
    std::uint64_t connection = 0; // answers of an earlier target are not mistaken for the present's
    position at;
    unsigned in_flight = 0;
    bool failed = false; // waits for in_flight == 0 and retry_at, then goes on from at.sent
    caf::actor_clock::time_point retry_at{};
  };

  void pump(const symbol_name& symbol, line& to);
  void send(const symbol_name& symbol, line& to, std::vector<candle> candles);
  line* find(const symbol_name& symbol, std::uint64_t connection);
  void on_answer(const symbol_name& symbol, std::uint64_t connection, std::size_t candles,
                 utc_ms last);
  void on_error(const symbol_name& symbol, std::uint64_t connection, utc_ms after);
  void forget(const caf::actor_addr& target);

  typename Feed::pointer self_;
  courier_settings settings_;
  due_candles due_;
  std::map<symbol_name, line> lines_;
  std::uint64_t connections_ = 0, delivered_ = 0;
  utc_ms last_candle_ = 0;
};

using courier = basic_courier<feed_actor>;
using live_courier = basic_courier<live_feed_actor>;

} // namespace troupe
