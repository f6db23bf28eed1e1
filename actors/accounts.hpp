// Where accounts live: one registry per group of shards, each knowing the others, so that any of
// them takes a command for any account. Loads an account when it is first spoken to, lets it sleep
// and later go when nobody has spoken to it for a while, forgets it when it ends by itself. Decides
// nothing and keeps nothing: dropping an account is always safe, for what counts is in the journal.
//
// Who sleeps is no actor but some hundred bytes: the committed state, with nothing under way. The
// next word spoken to it makes an actor of it again, without the journal. That is no staler than an
// actor would be: each append still names the version it follows, and who loses the lease forgets.
#pragma once
#include "actors/account.hpp"
#include "actors/transfer.hpp"

#include <vector>

namespace troupe {

struct accounts_options {
  account_options account;   // its journal is everybody's; its `registry` is set here
  transfer_options transfer; // of the one coordinator; its journal and log are set here
  /// Where the coordinator says what steps of a transfer are next: an accounts_actor, held weakly.
  /// Empty: these registries.
  caf::actor_addr through;
  std::size_t registries = 1;      // at most shard_count; one is enough for about 1.5 M messages/s
  std::size_t max_loaded = 100000; // accounts in memory, per registry
  caf::timespan sleep_after = std::chrono::seconds{30}; // not spoken to: then an account may sleep
  /// The same of one not spoken to twice within `sleep_after`: of a crowd that comes once few are
  /// awake at a time.
  caf::timespan sleep_after_first = std::chrono::milliseconds{250};
  caf::timespan idle_after = std::chrono::minutes{5}; // then an account may go
  /// A full registry lets the account go that was spoken to longest ago, if it is this long; else
  /// the newcomer is answered busy.
  caf::timespan idle_when_full = std::chrono::seconds{1};
};

/// The registries in order. Say what concerns an account to any of them; `of` saves a hop.
struct accounts {
  std::vector<accounts_actor> registries;

  const accounts_actor& of(const account_id& id) const;
};

/// Ends with an exit message to each registry. Throws std::invalid_argument without journal or
/// clock.
accounts spawn_accounts(caf::actor_system& system, const accounts_options& options);

} // namespace troupe
