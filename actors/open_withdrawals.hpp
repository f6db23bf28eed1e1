// Withdrawals that have not ended, as the rows of all journals tell in their order: the list an
// admin works through, and what is due when nobody does. Whoever reads the rows and says the word
// is not known here.
#pragma once
#include "messages/account_view.hpp"
#include "messages/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe {

class open_withdrawals {
public:
  /// The next row, of any account.
  void take(const outbox_row& row);

  /// Those with number > `after`, oldest first, at most `limit`.
  std::vector<waiting_withdrawal> page(std::uint64_t after, std::size_t limit) const;

  /// Those that were approved and have not left, and those reserved at `reserved_by` or before that
  /// nobody approved; at most `most`. They stay until a row says that they have ended.
  std::vector<waiting_withdrawal> due(utc_ms reserved_by, std::size_t most) const;

  /// Position of the oldest row that still matters: whoever reads again must begin there.
  std::optional<std::uint64_t> oldest() const;

  std::size_t size() const { return open_.size(); }

private:
  void end(const account_id& account, const withdrawal_id& id);

  std::map<std::uint64_t, waiting_withdrawal> open_;         // by the position of the reservation
  std::unordered_map<std::string, std::uint64_t> positions_; // by account and id
};

} // namespace troupe
