// An account's money movements as its owner follows them: a withdrawal or transfer is one line from
// its first step to its last. Walked once, in the order of the journal; bounded by the page that is
// asked for. Where the events come from is not known here.
#pragma once
#include "models/account/reports.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

struct account_transaction {
  std::string id;          // of transfer, withdrawal or trade; else `v` and the event's version
  std::string_view type;   // deposit, withdrawal, trade, adjustment
  std::string_view status; // pending, approved, in_transit, completed, returned, rejected, expired
  money amount;            // > 0 of deposits and withdrawals, else signed
  money balance;           // of the account after the step that moved it, or reserved it
  utc_ms at = 0;           // of that step
};

/// Those that have ended in the order they ended, then the others in the order they began.
class transaction_list {
public:
  explicit transaction_list(report_page page) : page_{page} {}

  void add(const account_event& event);
  /// Those of the page, after the last event.
  std::vector<account_transaction> take();

private:
  void begin(const account_event& event, std::string id, std::string_view status, money amount);
  void move(const account_event& event, const std::string& id, std::string_view status);
  void end(const std::string& id, std::string_view status);
  void show(account_transaction line);

  report_page page_;
  std::size_t skipped_ = 0;
  std::vector<account_transaction> shown_;
  std::vector<account_transaction> open_; // as few as an account may have open
};

} // namespace troupe
