// Tells connected users what becomes of their accounts, after the commit. Reads the journal's
// outbox from its end on for as long as somebody is connected, so that every node tells its own
// users whichever node wrote; without users it asks nothing, unless all users' accounts are to be
// told. It needs no cursor in the journal: who connects is told how every account stands, and what
// comes after that is read.
//
// Whose an account is says its opening. What a row means for a balance or a breaker says the
// account itself, asked once for all rows of it that were read together.
#pragma once
#include "actors/accounts.hpp"
#include "actors/log.hpp"
#include "messages/journal_protocol.hpp"
#include "messages/session_protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <functional>

namespace troupe {

struct account_news_options {
  journal_actor journal;
  accounts money;
  account_news_taker to;
  caf::timespan poll_every = std::chrono::milliseconds{100};
  caf::timespan linger = std::chrono::seconds{60}; // a user who is gone may come back
  std::uint32_t page_rows = 200;                   // read at once
  std::uint32_t accounts_per_user = 100;           // told when a user connects
  std::size_t max_known = 50'000;                  // accounts whose owner is remembered
  bool everyone = false; // tells of users who are not connected too: other services listen
  /// Of `everyone`, only accounts that this says; the others are told by another node. Called on
  /// the actor's thread; empty: all.
  std::function<bool(const account_id&)> owns;
};

/// Ends with an exit message. Throws std::invalid_argument without journal, accounts or taker, and
/// when a bound is 0.
account_news_actor spawn_account_news(caf::actor_system& system, account_news_options options);

/// A user's investment accounts are those whose ids begin so.
std::string investments_of(const user_id& user);

} // namespace troupe
