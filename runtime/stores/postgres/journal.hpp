// The journal_actor over PostgreSQL. What is queued goes into one call of the database as soon as
// the call before it returned, and is answered after its commit; a refused append fails alone. The
// process holds leases on shards: whoever lost one is refused by the database itself. The actor
// never blocks: lanes, readers and the leases do, each on a thread and connection of its own. Which
// shards it holds says the membership, which it spawns and ends. What the rows mean is in
// ledger_writer and ledger_reader, what an event means the account's.
#pragma once
#include "actors/cluster/lease_clock.hpp"
#include "actors/log.hpp"
#include "messages/cluster_protocol.hpp"
#include "runtime/stores/spawned_journal.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace troupe {

struct postgres_journal_options {
  /// This process's name in the lease: the same after a restart, so that its own lease need not run
  /// out first. Should another process bear it (of a copied folder), the one that started last
  /// holds the lease and the other waits. 1 to 128 visible characters.
  std::string node;
  /// `host:port` where other nodes reach this one: then the shards are shared with them. Empty: it
  /// holds all shards or, while another node lives, none.
  std::string address;
  /// Asks only: takes no lease, whoever holds it, and refuses appends (journal_fenced). What it
  /// reads may change meanwhile. `node` is not needed.
  bool read_only = false;
  /// A holder not heard of for so long may be replaced. 300 to 60000.
  std::int64_t lease_ms = 3000;
  /// Lanes that commit side by side, the shards spread over them. 1 to 16. With more than one,
  /// appends to accounts of different lanes may be answered in another order than they were sent.
  std::uint32_t connections = 1;
  /// Rows, and bytes, that may wait for their commit (a question counts as one row). Past either:
  /// errc::busy at once.
  std::uint64_t max_queued_rows = 50'000, max_queued_bytes = 64 * 1024 * 1024;
  /// A transaction takes whole requests until it has this many rows.
  std::uint64_t max_transaction_rows = 512;
  /// What waited longer is refused before it is sent (store_unavailable), never after. What was
  /// sent and has no outcome half a second later is answered so too: it may be kept.
  std::int64_t queue_timeout_ms = 1500;
  /// Told, in the journal's thread, when writing begins to fail and when it goes again, and what
  /// becomes of the lease. May be empty.
  std::function<void(const std::string&)> report;
  log_sink log; // of the membership; may be empty
  /// When shards changed hands at this node: others had better look. Any thread; may be empty.
  std::function<void()> on_changed;
  /// The lease of some shard was lost, or has run out unrenewed: what is in memory may be old. In
  /// the journal's thread. May be empty.
  std::function<void()> on_lost;
};

/// `membership`: null in a journal that is only read.
struct postgres_journal : spawned_journal {
  membership_actor membership;
  lease_clock_ptr until; // of the shards that are held
};

/// Connects, migrates, spawns the actor and waits until it knows what it holds. An error: the
/// database is away, newer or another program's, or an option is out of bounds. Away later is
/// normal life. An exit message commits what is queued and gives the shards up before the actor
/// ends.
postgres_journal spawn_postgres_journal(caf::actor_system& system, const std::string& url,
                                        const postgres_journal_options& options);

} // namespace troupe
