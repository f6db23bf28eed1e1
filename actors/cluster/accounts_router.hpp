// Takes what is said to any account of the cluster and brings it to the node that owns it: to this
// node's registries, to another's door, or, while the account moves, nowhere until it has arrived.
// Since each command bears a reference, one that was lost on the way is said again, to whoever owns
// the account then. Decides nothing about money; an account that is here by mistake is the
// journal's to refuse.
#pragma once
#include "actors/accounts.hpp"
#include "actors/cluster/lease_clock.hpp"
#include "actors/cluster/standing_board.hpp"
#include "messages/cluster_protocol.hpp"

#include <atomic>
#include <memory>

namespace troupe {

/// For metrics; any thread.
struct router_figures {
  std::atomic<std::uint64_t> here{0}, there{0}; // answered by this node, by another
  std::atomic<std::uint64_t> repeated{0};       // said again
  std::atomic<std::uint64_t> given_up{0};       // answered busy, the account did not arrive in time
  std::atomic<std::uint64_t> waiting{0};
};

struct accounts_router_options {
  lease_clock_ptr until;            // of this node's shards; required
  standing_board_ptr board;         // kept up to date; required
  membership_actor membership;      // told when an owner turns out not to be one; may be null
  std::size_t max_waiting = 20'000; // without an answer; past it: busy at once
  /// Then it is answered busy. Below what an HTTP request about money may take.
  caf::timespan patience = std::chrono::milliseconds{1700};
  /// Before something is said again that was said to the wrong node.
  caf::timespan pause = std::chrono::milliseconds{20};
  std::shared_ptr<router_figures> figures = std::make_shared<router_figures>();
};

/// Told accounts_peers it has this node's registries; to be told each cluster_view_ptr and
/// peer_changed as well.
struct accounts_router {
  accounts_actor handle; // of accounts anywhere
  accounts_actor door;   // for other nodes: accounts of this node only, else journal_fenced
};

/// Both end with an exit message. Throws std::invalid_argument without clock or board.
accounts_router spawn_accounts_router(caf::actor_system& system,
                                      const accounts_router_options& options);

} // namespace troupe
