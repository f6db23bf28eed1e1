// A journal in memory of which each node has its own, all before one shared book: for tests and
// simulations of a cluster. An append counts only if at the moment it reaches the book the shard
// still is the node's under the epoch it was made with; everything else is the memory journal's.
#pragma once
#include "actors/memory_book.hpp"
#include "messages/cluster_protocol.hpp"
#include "models/lease_book.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <memory>

namespace troupe {

/// What becomes of a request on its way to the book and back.
struct journal_path {
  std::int64_t there_ns = 0, back_ns = 0; // requests do not overtake each other
  bool arrives = true;                    // else nothing is kept, and store_unavailable
  bool is_answered = true;                // else it is kept, and store_unavailable
};

struct fenced_journal_options {
  node_name name; // as it stands in `leases`
  std::shared_ptr<memory_book> book;
  std::shared_ptr<const lease_book> leases;
  /// Asked for each append and each load; empty: everything is done at once.
  std::function<journal_path()> path;
  /// Told of each append that sets out, and under which claim.
  std::function<void(const account_append&, const shard_claim&)> sent;
  /// Replaces the fence; empty: lease_book::owns. For tests of tests.
  std::function<bool(const shard_claim&)> may_append;
};

/// Nothing is held before the first hold_shards. Ends with an exit message; what has not reached
/// the book by then never does.
owned_journal_actor spawn_fenced_journal(caf::actor_system& system, fenced_journal_options options);

} // namespace troupe
