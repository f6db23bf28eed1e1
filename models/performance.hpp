// Daily rows of an account: what its engine reports and what we say of it ourselves. One walk over
// the events makes both; which day a job is due is decided elsewhere.
#pragma once
#include "messages/account_events.hpp"

#include <optional>
#include <vector>

namespace troupe {

/// `daily_return` in percent of the opening balance, rounded half to even to 8 places; none when
/// the day opened with nothing.
std::optional<money> return_percentage(const daily_performance& row);

/// Folds an account's events, in their order, into one row a day (UTC, by when we heard of them).
/// A day's return is what neither came in nor went out: results of trades and adjustments.
class daily_book {
public:
  /// Takes an event; appends the rows of the days that ended before it to `ended`. Days without
  /// events have rows too, from the day the account was opened.
  void add(const account_event& event, std::vector<daily_performance>& ended);

  /// Says that `day` has begun: appends the rows of all days before it.
  void begin(std::int64_t day, std::vector<daily_performance>& ended);

  /// The row of the newest day so far. Day 0 before the first event.
  const daily_performance& running() const { return row_; }

private:
  bool started_ = false;
  daily_performance row_;
};

} // namespace troupe
