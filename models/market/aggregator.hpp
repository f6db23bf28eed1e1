// Longer candles (15m, 1h, 4h, 1d) made of base candles as they close, each timeframe with its own
// ring. The base candles themselves are kept by a candle_ring beside it.
#pragma once
#include "models/market/candle_ring.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace troupe {

class aggregator {
public:
  /// Closed candles kept of each timeframe.
  explicit aggregator(std::size_t capacity = 500);

  /// Takes the next admitted base candle in. Buckets are aligned to the UTC epoch. A bucket closes
  /// with its last slot, or, where the market is closed at its end, when a later one begins. One
  /// that was entered in its middle after a start or restart is dropped.
  void push(const candle& next);

  /// A gap: what is under way is dropped, closed candles stay.
  void restart();

  /// The newest `count` closed candles (all, if there are fewer), ascending; none for `m5`.
  std::vector<candle> newest(timeframe tf, std::size_t count) const;

private:
  struct bucket {
    bucket(utc_ms length, std::size_t capacity) : length_ms(length), closed(capacity) {}
    void push(const candle& next);

    utc_ms length_ms;
    candle_ring closed;
    candle under_way;
    bool begun = false;     // under_way holds something
    bool whole = false;     // and was seen from its first slot on
    bool continues = false; // a candle came in since the start: buckets are not entered late
  };
  std::vector<bucket> buckets_; // of timeframes[1..]
};

} // namespace troupe
