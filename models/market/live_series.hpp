// The closed candles of one symbol as a live provider brings them: by stream and by request, twice,
// late or not at all. Hands them on in order and each once, and says which slots nobody has brought
// yet. Knows no clock: asking, waiting and what counts as now are the feed's.
#pragma once
#include "messages/candle.hpp"
#include "models/market/calendar.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace troupe {

/// Slots with from <= open_time < to.
struct slot_range {
  utc_ms from = 0, to = 0;
};

inline bool operator==(const slot_range& a, const slot_range& b) {
  return a.from == b.from && a.to == b.to;
}

/// The newest slot that has closed by then.
constexpr utc_ms newest_closed_slot(utc_ms now) {
  return now / base_interval_ms * base_interval_ms - base_interval_ms;
}

class live_series {
public:
  /// Held at most, what is ready and what waits behind a gap; past it nothing further is taken and
  /// what was not taken is missing again later.
  static constexpr std::size_t max_held_candles = 4096;

  explicit live_series(calendar hours) : hours_(hours) {}

  /// All up to and including this open time is had elsewhere. Going back is allowed: what is no
  /// longer held is missing then.
  void begin(utc_ms after);

  struct counts {
    std::uint64_t taken = 0, repeated = 0, invalid = 0;
    std::uint64_t absent = 0; // slots the provider has none for, closures not counted
  };

  /// A closed candle, wherever from; the first of two with one open time stays.
  void take(const candle& c);

  /// The provider was asked for these slots and has said all it has of them.
  void settle(const slot_range& asked);

  /// The first run of open slots below `until` that nobody has brought.
  std::optional<slot_range> missing(utc_ms until);

  /// Up to `limit` candles > after, ascending, none of them behind a slot that is still missing.
  std::vector<candle> due(utc_ms after, std::size_t limit) const;

  /// Lets go of what is answered for.
  void forget(utc_ms up_to);

  /// Everything below is handed on or known not to be.
  utc_ms complete_to() const { return complete_to_; }
  /// Open time of the newest candle taken, held back or not; 0 before the first.
  utc_ms newest() const { return newest_; }
  bool full() const { return held_.size() >= max_held_candles; }
  const counts& counted() const { return counts_; }

  /// How many open slots have closed by `now` without their candle, counted from the newest candle
  /// and no further than `most`.
  std::int64_t slots_behind(utc_ms now, std::int64_t most) const;

private:
  void advance();

  calendar hours_;
  std::map<utc_ms, candle> held_;
  utc_ms complete_to_ = 0, newest_ = 0;
  utc_ms kept_from_ = 0; // what lies between here and complete_to_ is held
  counts counts_;
};

} // namespace troupe
