// Folds an account again from its first row, page by page, up to a moment: what it was then. Part
// of an account actor, so that the pages come in between its other messages.
#pragma once
#include "messages/account_protocol.hpp"
#include "messages/journal_protocol.hpp"
#include "models/account.hpp"

#include <functional>

namespace troupe {

struct replay_question {
  account_id account;
  utc_ms as_of = 0; // the first later row ends it
  std::uint32_t page_rows = 1000;
};

/// Calls `done` once: with an error (the journal's, or internal when a row does not follow), or
/// with the account, which does not exist when it was opened later.
void replay_account(account_actor::pointer self, const journal_actor& journal,
                    replay_question question,
                    std::function<void(const caf::error&, const account*)> done);

} // namespace troupe
