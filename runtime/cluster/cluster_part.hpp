// A node's place among the others: the mesh, who is told of the cluster, and what other nodes may
// ask here. Accounts and symbols, which are shared, are their own parts; a node without
// cluster.address has none of this.
#pragma once
#include "actors/cluster/cluster_report.hpp"
#include "actors/cluster/cluster_watch.hpp"
#include "actors/cluster/session_relay.hpp"
#include "actors/cluster/symbol_host.hpp"
#include "actors/cluster/trainer_door.hpp"
#include "actors/log.hpp"
#include "http/gateway.hpp"
#include "runtime/cluster/cluster_settings.hpp"
#include "runtime/cluster/peer_board.hpp"
#include "runtime/money.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace troupe {

class cluster_part {
public:
  cluster_part(caf::actor_system& system, log_sink log) : system_(system), log_(std::move(log)) {}

  /// Listens for other nodes, if cluster.address is set. Nobody is let in yet. Returns what is
  /// wrong, for people, or nothing.
  std::string open(const settings& s);

  explicit operator bool() const { return static_cast<bool>(mesh_); }
  /// What others see of this node; both empty where it runs alone.
  cluster_identity identity() const { return identity_; }

  /// Shards changed hands here. Any thread.
  std::function<void()> changed() const;

  /// To the other nodes' gateways.
  void tell(relayed_news news) const;

  /// Who here answers other nodes, and hears of them.
  struct parts {
    const shared_accounts& accounts;
    session_relay_actor sessions;
    symbol_host_actor symbols;
    trainer_door_actor training;
    /// Whom a question for a symbol is for, or nobody. Called by the peers' actors, as the next.
    std::function<caf::actor(const remote_call&)> answerer;
    std::function<void(relayed_news&)> on_news; // those that are no session's
  };
  /// Lets others in. Once, after open().
  void connect(const parts& all);

  cluster_report report() const;
  /// Healthy with a lease, degraded without: then others answer for this node.
  health_check health() const;

  /// From now on the node shows itself as leaving.
  void leave() { leaving_ = true; }
  void stop();

private:
  struct served;

  caf::actor_system& system_;
  log_sink log_;
  cluster_identity identity_;
  mesh_actor mesh_;
  cluster_watch_actor watch_;
  std::shared_ptr<cluster_board> board_ = std::make_shared<cluster_board>();
  std::shared_ptr<peer_board> peers_ = std::make_shared<peer_board>();
  std::shared_ptr<served> served_;
  lease_clock_ptr until_;
  std::shared_ptr<router_figures> routed_;
  std::atomic<bool> leaving_{false};
};

} // namespace troupe
