// Keeps this node in the cluster: beats, takes the shards that models/ownership gives it and gives
// up those it should not have, and tells the journal and whoever watches how it stands to each. It
// decides nothing about who should own what, and knows no way to another node.
//
// What makes it safe: a shard is served only until the lease of the last answered beat is over,
// counted from when that beat was sent; a shard once being given up is not served again before it
// was taken anew; and what is lost is said to the lease_clock before its time is extended.
#pragma once
#include "actors/cluster/lease_clock.hpp"
#include "actors/log.hpp"
#include "messages/cluster_protocol.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <memory>

namespace troupe {

struct membership_options {
  node_name name;
  std::string address;          // `host:port` for other nodes; empty: it runs alone
  std::int64_t lease_ms = 3000; // 300 to 60000
  std::uint32_t protocol = cluster_protocol;
  leases_actor leases;
  owned_journal_actor journal;
  log_sink log;
  std::shared_ptr<lease_clock> clock; // null: nobody reads it
  /// Called in the actor when shards changed hands here: others should look again. Must not block.
  std::function<void()> changed;
  std::size_t most_moving = 64; // shards on their way between living nodes at a time
  /// Whoever bore the name before is known to have ended, so its shards are taken back at once.
  /// Else they wait until its lease is over for certain.
  bool former_is_gone = true;
  bool detached = true; // with a thread of its own, so that no load here delays a beat
};

/// Until when the lease of a beat sent at `asked_ns` counts: one percent is left to clocks that do
/// not run at the same speed. Nanoseconds on the steady clock.
constexpr std::int64_t held_until(std::int64_t asked_ns, std::int64_t lease_ms) {
  return asked_ns + lease_ms * 990'000;
}

/// Ends with an exit message, leaving nothing orderly: say leave_cluster first. Throws
/// std::invalid_argument without a name, leases or journal, or with a lease out of range.
membership_actor spawn_membership(caf::actor_system& system, membership_options options);

} // namespace troupe
