#include "models/market/aggregator.hpp"

#include <algorithm>

namespace troupe {

aggregator::aggregator(std::size_t capacity) {
  for (auto tf : timeframes)
    if (tf != timeframe::m5) buckets_.emplace_back(length_ms(tf), capacity);
}

void aggregator::push(const candle& next) {
  for (auto& b : buckets_) b.push(next);
}

void aggregator::restart() {
  for (auto& b : buckets_) b.begun = b.continues = false;
}

std::vector<candle> aggregator::newest(timeframe tf, std::size_t count) const {
  if (tf == timeframe::m5) return {};
  return buckets_[static_cast<std::size_t>(tf) - 1].closed.newest(count);
}

void aggregator::bucket::push(const candle& next) {
  const utc_ms start = next.open_time - next.open_time % length_ms;
  if (begun && start != under_way.open_time) {
    if (whole) closed.push(under_way);
    begun = false;
  }
  if (!begun) {
    under_way = next;
    under_way.open_time = start;
    whole = continues || next.open_time == start;
    begun = continues = true;
  } else {
    under_way.high = std::max(under_way.high, next.high);
    under_way.low = std::min(under_way.low, next.low);
    under_way.close = next.close;
    under_way.volume += next.volume;
  }
  if (next.open_time + base_interval_ms == start + length_ms) {
    if (whole) closed.push(under_way);
    begun = false;
  }
}

} // namespace troupe
