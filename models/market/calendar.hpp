// Which base slots a market trades, so that a week-end is not mistaken for a gap. Rules only, no
// table of holidays: what a venue closes beyond them shows as a gap and is asked for.
#pragma once
#include "messages/candle.hpp"

#include <cstdint>
#include <string_view>

namespace troupe {

/// `always`: crypto. `fx`: closed Friday 17:00 to Sunday 17:00 New York, and the trading days of
/// 25 December and 1 January (each from 17:00 of the day before). `metals`: as fx, and closed from
/// 17:00 to 18:00 every day.
enum class trading_hours : std::uint8_t { always, fx, metals };

class calendar {
public:
  /// Open slots that may be missing at either edge of a closure: a venue shuts a little early or
  /// its first quotes come late. Measured on a year of EURUSD: never more than 1.
  static constexpr int edge_slots = 3;
  /// Slots that the daily settlement around 17:00 New York may take (fx): 15 minutes, between
  /// 16:45 and 17:15.
  static constexpr int break_slots = 3;

  explicit calendar(trading_hours hours) : hours_(hours) {}
  trading_hours hours() const { return hours_; }

  /// True when the slot that begins at `slot` is traded by rule.
  bool open(utc_ms slot) const;

  /// True when all slots missing between two candles are accounted for: they lie in one closure
  /// (with up to edge_slots open ones before and after it) or in the daily break. True also when
  /// none is missing. Both are open times, the first the earlier.
  bool scheduled_closure(utc_ms after_open_time, utc_ms next_open_time) const;

private:
  trading_hours hours_;
};

/// By the name alone: two known currencies make an fx pair (`EURUSD`), a precious metal and a
/// currency metals (`XAUUSD`); everything else trades always.
calendar calendar_for(std::string_view symbol);

} // namespace troupe
