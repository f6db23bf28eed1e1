// What is said when a user invests and stops investing: the commands that take several steps, each
// safe to repeat. Plain values; the steps themselves are messages/account.hpp's, and who takes them
// is in messages/account_protocol.hpp.
#pragma once
#include "messages/account.hpp"
#include "messages/user.hpp"

namespace troupe {

/// Investment accounts one user may have, closed ones included.
inline constexpr std::size_t max_investments_per_user = 100;

/// Opens an account in a product and moves the amount there from the user's wallet, exactly once,
/// whoever dies in between: the account's id follows from user and reference. Answer: the account
/// as the money arrived, the first time and every time. Errors: kyc_required, insufficient_funds,
/// validation_error (too many accounts), idempotency_conflict, account_paused (somebody stopped the
/// account before the money came, which is back in the wallet).
struct invest {
  user_id user;
  reference_id reference; // unique among the wallet's
  product what = product::none;
  money amount; // > 0
  utc_ms at = 0;
};

/// Pays what is left to the user's wallet and closes the account. Answer: the account, closed.
/// Errors: not_found, in_progress (a withdrawal is open), account_closed (under another reference),
/// idempotency_conflict, busy (the balance would not stand still).
struct end_investment {
  user_id user; // whose wallet is paid; that the account is theirs is the asker's to know
  account_id account;
  reference_id reference;
  utc_ms at = 0;
};

/// A user's investment accounts, at most max_investments_per_user, by id.
struct get_investments {
  user_id user;
};

} // namespace troupe
