// Reads one account's journal page by page for the request that asked, beside all others: lists of
// trades and days, and proofs. Bounded in rows, in time and in how many read at once; what the rows
// mean is the caller's.
#pragma once
#include "http/exchange.hpp"
#include "messages/journal.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace troupe {

class journal_walk : public std::enable_shared_from_this<journal_walk> {
public:
  static constexpr std::uint32_t page_rows = 1000;
  static constexpr std::uint64_t max_rows = 1'000'000;
  static constexpr std::size_t max_at_once = 16; // per io thread; further ones are answered busy
  /// Of all pages together: under the connection's own limit.
  static constexpr std::chrono::milliseconds time_limit{10'000};

  /// Calls `take` for each row in order until it says false, the journal ends or `last_version` has
  /// been taken; then `done` once. Failures, an account without rows among them, are answered here.
  static void run(exchange& ex, account_id id, std::function<bool(const journal_row&)> take,
                  std::function<void(exchange&)> done, std::uint64_t last_version = 0);

private:
  using clock = std::chrono::steady_clock;

  journal_walk(exchange& ex, account_id id);
  void next_page();
  void take_page(const std::vector<journal_row>& rows);
  /// The place is free for another. @post nothing more happens here
  exchange& end();

  std::shared_ptr<exchange> held_;
  account_id id_;
  std::function<bool(const journal_row&)> take_;
  std::function<void(exchange&)> done_;
  std::uint64_t last_version_ = 0; // 0: whatever there is
  std::uint64_t next_ = 1;
  clock::time_point until_;
};

} // namespace troupe
