// What users are told of their accounts, after the commit: those who are connected, or all where
// other services listen. Plain values without CAF. Who finds it out is actors/account_news, how
// clients hear it is the edge's.
#pragma once
#include "messages/account_view.hpp"
#include "messages/user.hpp"

#include <cstdint>

namespace troupe {

/// The first socket of a user is there; the last is gone. Who tells is told the first too, before
/// anything else of that user, unless it is told of the user still.
struct user_connected {
  user_id user;
};
struct user_left {
  user_id user;
};

/// How an account of that user stands by now. Said for each account when a user connects, and
/// whenever one changes; several changes may be told as one. `now.version` only grows.
struct account_changed {
  user_id user;
  account_view now;
};

/// A trade was opened or closed: once each, in the order of the account's journal.
struct trade_told {
  user_id user;
  account_id account;
  std::uint64_t version = 0; // of the journal's row
  utc_ms at = 0;
  trade_report trade;
};

/// Nothing more is told of that user until somebody connects again.
struct user_forgotten {
  user_id user;
};

} // namespace troupe
