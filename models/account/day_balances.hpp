// An account's own balance at the ends of its last days, by the day a movement belongs to rather
// than the day it was heard of: what the engine's daily performance is compared with. A day that
// was compared is pinned: it and all before are settled, and what is heard of them later has moved
// already.
#pragma once
#include "messages/money.hpp"
#include "messages/time.hpp"

#include <optional>
#include <vector>

namespace troupe {

class byte_reader;
class byte_writer;

/// Days since 1970 (UTC). @pre at >= 0
constexpr std::int64_t day_of(utc_ms at) { return at / day_ms; }

class day_balances {
public:
  /// Days with movements that are kept; a performance older than these is out of reach.
  static constexpr std::size_t kept_days = 16;

  /// The balance at the end of `day`; none before the first day kept.
  std::optional<money> at_end_of(std::int64_t day) const;

  /// True when a performance of `day`, or of a later one, was recorded after that day had ended.
  bool settled(std::int64_t day) const { return day < pinned_before_; }

  /// Counts a movement heard of on `today` towards `day`, or the nearest day that can hold it.
  void move(std::int64_t day, money amount, std::int64_t today);

  /// A performance of `day` was recorded on `today`; days before it will not be asked for again.
  void pin(std::int64_t day, std::int64_t today);

  void write(byte_writer& out) const;
  bool read(byte_reader& in);
  /// Asks the memory for what a movement of today is going to read.
  void prefetch() const { __builtin_prefetch(days_.data()); }
  std::size_t capacity_bytes() const { return days_.capacity() * sizeof(day_end); }

private:
  struct day_end {
    std::int64_t day;
    money balance;
  };
  std::vector<day_end> days_; // ascending; each holds until the next one's day
  std::int64_t pinned_before_ = 0;
};

} // namespace troupe
