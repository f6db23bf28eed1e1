// The money of a node: the journal that keeps it and the accounts that live on it. What is asked of
// them over HTTP is the gateway's.
#pragma once
#include "actors/accounts.hpp"
#include "actors/cluster/accounts_router.hpp"
#include "runtime/node_identity.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// Makes accounts forget what is in memory, from any thread.
class forgetful;

/// What a node shares accounts with others by. All empty where it runs alone.
struct shared_accounts {
  membership_actor membership;
  lease_clock_ptr until;
  standing_board_ptr board;
  accounts_router router; // to be told of the cluster and of peers; its door is for other nodes
  std::shared_ptr<router_figures> figures;

  explicit operator bool() const { return static_cast<bool>(membership); }
};

/// A node among others. Empty: it is alone, or bears the name its data folder gives it.
struct cluster_identity {
  node_name name;
  std::string address; // that others reach it at
};

class money_part {
public:
  money_part(caf::actor_system& system, log_sink log) : system_(system), log_(std::move(log)) {}

  /// Opens (or makes) the journal, in PostgreSQL when store.url is set, and spawns the accounts.
  /// With an address they are shared with other nodes; `changed` is called, on any thread, when
  /// shards changed hands here. Returns what is wrong, for people, or nothing. @pre the data folder
  /// exists
  std::string start(const settings& s, const cluster_identity& who = {},
                    std::function<void()> changed = {});

  const journal_actor& journal() const { return journal_; }
  /// Accounts anywhere: of this node alone, or of the cluster.
  const accounts& all() const { return accounts_; }
  const shared_accounts& shared() const { return shared_; }

  /// In a cluster: gives all shards up, so that others take them while this node still answers.
  void leave();
  /// Accounts first, so that what they appended is committed before the journal ends.
  void stop();

private:
  caf::actor_system& system_;
  log_sink log_;
  std::string open_journal(const settings& s, const cluster_identity& who,
                           std::function<void()> changed);
  void share();

  std::unique_ptr<node_identity> identity_; // with PostgreSQL
  journal_actor journal_;
  accounts accounts_, local_; // `local_`: the registries of this node
  shared_accounts shared_;
  // Told from the journal's thread once the accounts are there.
  std::shared_ptr<forgetful> forgetful_;
};

} // namespace troupe
