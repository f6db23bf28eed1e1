// `troupe account`: proves and replays accounts from their journal alone. Reads any journal through
// its handle; nothing is written. Opening the ledger is in account_command.cpp.
#pragma once
#include "messages/journal_protocol.hpp"

#include <caf/actor_system.hpp>

#include <ostream>

namespace troupe {

/// Where a command speaks to.
struct account_output {
  std::ostream& out;
  std::ostream& errors;
};

/// Walks every row of every account: hash chain, bytes, columns, versions, balances, snapshot, the
/// account's own row; then the trial balance against what was walked. Names the first broken
/// position of each broken account. 0: all of it follows; 1: it does not, or could not be read.
/// Nobody may write meanwhile.
int run_account_verify(caf::actor_system& system, const journal_actor& journal, account_output to);

/// Prints an account as its rows made it, up to the last before one later than `as_of`.
/// 0: printed; 1: no such account then, or its journal is broken or unreadable.
int run_account_replay(caf::actor_system& system, const journal_actor& journal,
                       const account_id& account, utc_ms as_of, account_output to);

/// Prints an account's rows, one a line, and its state after the last.
int run_account_show(caf::actor_system& system, const journal_actor& journal,
                     const account_id& account, account_output to);

} // namespace troupe
