// Lists made from an account's events: its trades, each once however often it was reported, and its
// days, the engine's own row where it gave one. Walked once, in the order of the journal; bounded
// by the page that is asked for. Where the events come from is not known here.
#pragma once
#include "messages/account_events.hpp"
#include "models/performance.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe {

/// What a list shows: times within [from, to], `limit` entries after the first `offset`.
struct report_page {
  utc_ms from = 0, to = std::numeric_limits<utc_ms>::max();
  std::optional<trade_status> status; // of trades
  std::size_t limit = 1000, offset = 0;
};

/// Trades in the order they were closed, then those that are open in the order they were opened.
class trade_list {
public:
  /// Open trades remembered; past it the oldest is not shown.
  static constexpr std::size_t max_open = 10'000;

  explicit trade_list(report_page page) : page_{page} {}

  void add(const account_event& event);
  /// Those of the page, after the last event.
  std::vector<trade_report> take();

private:
  bool wanted(const trade_report& trade) const;
  void show(const trade_report& trade);

  report_page page_;
  std::size_t skipped_ = 0;
  std::vector<trade_report> shown_;
  std::map<std::uint64_t, trade_report> open_; // by version
  std::unordered_map<trade_id, std::uint64_t> open_versions_;
  /// Hashes of what was closed: a trade may be closed before we hear that it was opened.
  std::unordered_set<std::uint64_t> closed_;
};

/// Days from the account's first to the last that has ended, and later ones the engine reported.
class day_list {
public:
  explicit day_list(report_page page) : page_{page} {}

  void add(const account_event& event);
  /// Those of the page. `today` has not ended.
  std::vector<daily_performance> take(std::int64_t today);

private:
  report_page page_;
  daily_book book_;
  std::vector<daily_performance> ended_;
  std::map<std::int64_t, daily_performance> reported_;
};

} // namespace troupe
