#include "models/market/sync_plan.hpp"

#include <algorithm>

namespace troupe {

std::int64_t open_slots(const slot_range& all, const calendar& hours) {
  if (all.to <= all.from) return 0;
  if (hours.hours() == trading_hours::always) return (all.to - all.from) / base_interval_ms;
  std::int64_t count = 0;
  for (auto slot = all.from; slot < all.to; slot += base_interval_ms) count += hours.open(slot);
  return count;
}

std::vector<slot_range> missing_slots(const std::vector<candle>& have, const slot_range& all,
                                      const calendar& hours, std::int64_t longest) {
  std::vector<slot_range> out;
  auto next = have.begin();
  bool in_run = false;
  for (auto slot = all.from; slot < all.to; slot += base_interval_ms) {
    while (next != have.end() && next->open_time < slot) ++next;
    if (next != have.end() && next->open_time == slot) {
      in_run = false;
      continue;
    }
    if (!hours.open(slot)) continue;
    const auto end = slot + base_interval_ms;
    if (in_run && end - out.back().from <= longest * base_interval_ms)
      out.back().to = end;
    else
      out.push_back({slot, end});
    in_run = true;
  }
  return out;
}

} // namespace troupe
