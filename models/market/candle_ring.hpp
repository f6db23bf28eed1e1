// The newest closed candles of one symbol and timeframe, in memory that never grows. Whether a
// candle belongs here is candle_gate's question; older ones are the store's.
#pragma once
#include "messages/candle.hpp"

#include <cstddef>
#include <vector>

namespace troupe {

class candle_ring {
public:
  /// Holds so many candles, at least 1.
  explicit candle_ring(std::size_t capacity);

  /// Takes the next one in; the oldest is overwritten when full.
  void push(const candle& next);

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return cells_.size(); }
  bool empty() const { return size_ == 0; }

  /// The candle `age` pushes ago, 0 the newest. @pre age < size()
  const candle& at(std::size_t age) const;

  /// The newest `count` (all, if there are fewer), ascending in time.
  std::vector<candle> newest(std::size_t count) const;

private:
  std::vector<candle> cells_;
  std::size_t next_ = 0, size_ = 0;
};

} // namespace troupe
