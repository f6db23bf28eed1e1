// Proves one account from its journal: every row's bytes, hash, columns, version and balances, the
// snapshot, and the account's own row. Who reads the rows, and from where, is not known here.
#pragma once
#include "messages/journal.hpp"
#include "models/ledger.hpp"

#include <optional>

namespace troupe {

class account_proof {
public:
  /// `stored`: what the journal would load the account from. Rows that were appended later are not
  /// to be given.
  account_proof(account_id account, stored_account stored);

  /// The next row. After a fault nothing more is proved.
  std::optional<audit_fault> add(const journal_row& row);
  /// After the last: what the account's own row says against what its journal leads to.
  std::optional<audit_fault> end() const;

  const journal_audit& audit() const { return audit_; }
  /// The version the account is said to be at: the last row to give.
  std::uint64_t last_version() const { return stored_.version; }

private:
  journal_audit audit_;
  stored_account stored_;
};

} // namespace troupe
