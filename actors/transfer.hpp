// Brings money from one account to another: transfer_out at the sender, transfer_in at the receiver
// until it is credited or refused for good, then settle or return at the sender. Every step bears a
// reference of its own made from the transfer's id, so each may be said again after any silence,
// and by anybody: what is true is in the two journals, and this actor may die at any time.
//
// It hears of transfers from accounts (after the commit, and whenever one is loaded with a transfer
// open) and finds the others itself in the journal's outbox, at its start and from time to time.
// There it also sees whose breaker's cool-down is over, and says so to the account, and what
// withdrawals are open: it lists them, lets those leave that were approved and left behind, and
// ends those that nobody approved. Being the one who reads every row, it is the one that a restart
// does not make forget.
#pragma once
#include "actors/log.hpp"
#include "messages/account_protocol.hpp"
#include "messages/journal_protocol.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <functional>

namespace troupe {

struct transfer_options {
  journal_actor journal;
  std::function<utc_ms()> now; // the wall clock, for the times of its commands; required
  log_sink log;
  std::size_t max_open = 10000; // transfers driven; others are found when there is room
  std::size_t max_active = 256; // messages under way
  caf::timespan step_timeout = std::chrono::seconds{5};       // an account that died never answers
  caf::timespan first_retry = std::chrono::milliseconds{100}; // doubled each time
  caf::timespan longest_retry = std::chrono::seconds{10};
  std::uint32_t tries_of_first_steps = 5; // each; then the asker hears the error
  caf::timespan sweep_every = std::chrono::seconds{60};
  std::uint32_t sweep_rows = 1000;      // at once
  utc_ms approval_wait_ms = 7 * day_ms; // then a withdrawal that nobody approved expires
  /// Of what the sweep finds it drives what is of these accounts; the rest is another node's.
  /// Empty: everything.
  std::function<bool(const account_id&)> mine;
};

/// `accounts`: an accounts_actor; held weakly, since it owns this actor.
transfer_actor spawn_transfers(caf::actor_system& system, caf::actor_addr accounts,
                               transfer_options options);

} // namespace troupe
