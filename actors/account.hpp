// One account as an actor: judges against its newest state, folds at once, appends to the journal
// and holds every answer until what it rests on is committed. The rules are models/account's; here
// is only waiting. When the journal refuses or fails, everything in flight fails and the actor
// quits: it no longer knows its state, and whoever needs it next has it rebuilt from the journal.
//
// Refusals wait too: that there is not enough left may be the doing of a withdrawal still in
// flight. Only what no state can change (a missing reference, a bad field, a bad amount) and busy
// are said at once. A repeat of a command still in flight waits with it. A refused command whose
// reference may be older than those the account remembers is looked up first: if it was accepted
// once, its receipt is the answer.
#pragma once
#include "actors/log.hpp"
#include "messages/account_protocol.hpp"
#include "messages/journal_protocol.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>

#include <memory>
#include <optional>

namespace troupe {

struct account_options {
  journal_actor journal;
  caf::actor_addr registry; // an accounts_actor told of transfer_opened, fell_asleep; may be empty
  log_sink log;
  std::size_t max_in_flight = 256; // answers held; also messages held while loading
  std::size_t max_lookups = 32;    // questions to the journal at once: references, replays
  std::uint32_t snapshot_rows = 64;
  std::uint32_t replay_page_rows = 1000;
};

/// Wakes from `slept`, or loads itself from the journal. One set of options is shared by all.
account_actor spawn_account(caf::actor_system& system, account_id id,
                            std::shared_ptr<const account_options> options,
                            std::optional<sleeping_account> slept = {});

} // namespace troupe
