// The money of a node: the journal that keeps it and the accounts that live on it. What is asked of
// them over HTTP is the gateway's.
#pragma once
#include "actors/accounts.hpp"
#include "runtime/node_identity.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <string>

namespace troupe {

/// Makes accounts forget what is in memory, from any thread.
class forgetful;

class money_part {
public:
  money_part(caf::actor_system& system, log_sink log) : system_(system), log_(std::move(log)) {}

  /// Opens (or makes) the journal, in PostgreSQL when store.url is set, and spawns the accounts.
  /// Returns what is wrong, for people, or nothing. @pre the data folder exists
  std::string start(const settings& s);

  const journal_actor& journal() const { return journal_; }
  const accounts& all() const { return accounts_; }

  /// Accounts first, so that what they appended is committed before the journal ends.
  void stop();

private:
  caf::actor_system& system_;
  log_sink log_;
  std::string open_journal(const settings& s);

  std::unique_ptr<node_identity> identity_; // with PostgreSQL
  journal_actor journal_;
  accounts accounts_;
  // Told from the journal's thread once the accounts are there.
  std::shared_ptr<forgetful> forgetful_;
};

} // namespace troupe
