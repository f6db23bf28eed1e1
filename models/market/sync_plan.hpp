// What a stored series lacks: the open slots between two times that have no candle. Pure; reading
// the store, asking the feed and keeping what it has are the sync actor's.
#pragma once
#include "messages/candle.hpp"
#include "models/market/calendar.hpp"
#include "models/market/live_series.hpp"

#include <cstdint>
#include <vector>

namespace troupe {

/// Open slots with from <= slot < to.
std::int64_t open_slots(const slot_range& all, const calendar& hours);

/// The runs of open slots of a range without a candle, none longer than `longest` slots. Closed
/// slots between two missing ones do not part them. `have`: ascending.
std::vector<slot_range> missing_slots(const std::vector<candle>& have, const slot_range& all,
                                      const calendar& hours, std::int64_t longest);

} // namespace troupe
