#include "models/market/candle_ring.hpp"

#include <algorithm>

namespace troupe {

candle_ring::candle_ring(std::size_t capacity) : cells_(std::max<std::size_t>(capacity, 1)) {}

void candle_ring::push(const candle& next) {
  cells_[next_] = next;
  next_ = next_ + 1 == cells_.size() ? 0 : next_ + 1;
  size_ = std::min(size_ + 1, cells_.size());
}

const candle& candle_ring::at(std::size_t age) const {
  return cells_[next_ > age ? next_ - 1 - age : next_ + cells_.size() - 1 - age];
}

std::vector<candle> candle_ring::newest(std::size_t count) const {
  std::vector<candle> out;
  count = std::min(count, size_);
  out.reserve(count);
  for (std::size_t age = count; age > 0; --age) out.push_back(at(age - 1));
  return out;
}

} // namespace troupe
