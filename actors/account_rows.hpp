// Between an account and its journal: events become rows, rows become an account again. Pure; the
// waiting is done in actors/account.cpp.
#pragma once
#include "messages/account_view.hpp"
#include "messages/journal.hpp"
#include "models/account.hpp"

#include <optional>
#include <vector>

namespace troupe {

/// An account as its journal makes it, and the hash its next row follows.
struct rebuilt_account {
  account state;
  chain_hash head;
  std::uint64_t snapshot_version = 0;
};

/// The rows of a verdict's events. `head` is the hash before the first and becomes the last's.
std::vector<journal_row> rows_of(const std::vector<account_event>& events, chain_hash& head);

/// The hash before an account's first row.
chain_hash first_hash(const account_id& id);

/// Folds one row. False when its bytes, version or balances are not what must follow.
[[nodiscard]] bool fold_row(account& state, const journal_row& row);

/// None when what is stored is not one possible account.
std::optional<rebuilt_account> rebuild(const account_id& id, const stored_account& stored);

/// What the command that made this row was answered with.
receipt receipt_of(const journal_row& row);

/// What of an account's view changes after its opening.
struct account_figures {
  account_status status = account_status::pending_deposit;
  money balance, reserved, high_water_mark;
  breaker_state breaker = breaker_state::closed;
  breaker_cause cause = breaker_cause::none;
  utc_ms until = 0;
  std::uint64_t version = 0;
};
account_figures figures_of(const account& state);

account_view view_of(const account& state);
/// As it was seen with these figures, once it was opened.
account_view view_of(const account& state, const account_figures& then);

/// The transfer that a row or event set on its way; none for others.
std::optional<transfer_opened> opened_by(const account_id& from, const account_event& event);

} // namespace troupe
