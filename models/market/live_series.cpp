#include "models/market/live_series.hpp"

#include "models/market/candle_gate.hpp"

#include <algorithm>

namespace troupe {

void live_series::begin(utc_ms after) {
  const auto next = after + base_interval_ms;
  newest_ = std::max(newest_, after);
  if (next >= kept_from_ && next <= complete_to_) return; // what follows is still held
  complete_to_ = kept_from_ = next;
  held_.erase(held_.begin(), held_.lower_bound(next));
  advance();
}

void live_series::take(const candle& c) {
  if (flaw_of(c)) {
    ++counts_.invalid;
    return;
  }
  if (c.open_time < complete_to_ || held_.count(c.open_time) > 0) {
    ++counts_.repeated;
    return;
  }
  // The slot that all others wait for is always welcome.
  if (full() && c.open_time != complete_to_) return;
  held_.emplace(c.open_time, c);
  newest_ = std::max(newest_, c.open_time);
  ++counts_.taken;
  advance();
}

void live_series::settle(const slot_range& asked) {
  if (complete_to_ < asked.from) return;
  while (complete_to_ < asked.to) {
    if (hours_.open(complete_to_)) ++counts_.absent;
    complete_to_ += base_interval_ms;
    advance();
  }
}

std::optional<slot_range> live_series::missing(utc_ms until) {
  // A venue that is closed brings nothing: its slots are no gap.
  while (complete_to_ < until && held_.count(complete_to_) == 0 && !hours_.open(complete_to_)) {
    complete_to_ += base_interval_ms;
    advance();
  }
  const auto next = held_.lower_bound(complete_to_);
  const auto to = next == held_.end() ? until : std::min(until, next->first);
  if (complete_to_ >= to) return std::nullopt;
  return slot_range{complete_to_, to};
}

void live_series::advance() {
  for (auto i = held_.find(complete_to_); i != held_.end() && i->first == complete_to_; ++i)
    complete_to_ += base_interval_ms;
}

std::vector<candle> live_series::due(utc_ms after, std::size_t limit) const {
  std::vector<candle> out;
  for (auto i = held_.upper_bound(after);
       i != held_.end() && i->first < complete_to_ && out.size() < limit; ++i)
    out.push_back(i->second);
  return out;
}

void live_series::forget(utc_ms up_to) {
  const auto end = std::min(up_to + base_interval_ms, complete_to_);
  if (end <= kept_from_) return;
  held_.erase(held_.begin(), held_.lower_bound(end));
  kept_from_ = end;
}

std::int64_t live_series::slots_behind(utc_ms now, std::int64_t most) const {
  std::int64_t behind = 0;
  for (auto slot = newest_closed_slot(now); slot > newest_ && behind < most;
       slot -= base_interval_ms) {
    if (hours_.open(slot)) ++behind;
    if (newest_closed_slot(now) - slot > 7 * day_ms) break; // no market is closed for so long
  }
  return behind;
}

} // namespace troupe
