// Accounts whose breaker is open for a time, as the rows of their journals tell in their order: who
// must be told that the time is over. Nothing else would do that: an account that may not trade is
// not spoken to. Whoever reads the rows and says the word is not known here.
#pragma once
#include "messages/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace troupe {

class cool_downs {
public:
  /// The next row, of any account.
  void take(const outbox_row& row);

  /// Accounts whose time is over at `now`, at most `most`. They stay until a row says that they
  /// were told.
  std::vector<account_id> over(utc_ms now, std::size_t most) const;

  /// Position of the oldest row that still matters: whoever reads again must begin there.
  std::optional<std::uint64_t> oldest() const;

  std::size_t size() const { return open_.size(); }

private:
  struct open_breaker {
    std::uint64_t position = 0;
    utc_ms until = 0;
  };
  std::unordered_map<account_id, open_breaker> open_;
};

} // namespace troupe
