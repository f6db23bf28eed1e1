// The money of a node: the journal that keeps it and the accounts that live on it. What is asked of
// them over HTTP is the gateway's.
#pragma once
#include "actors/accounts.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace troupe {

class money_part {
public:
  money_part(caf::actor_system& system, log_sink log) : system_(system), log_(std::move(log)) {}

  /// Opens (or makes) the journal and spawns the accounts. Returns what is wrong, for people, or
  /// nothing. @pre the data folder exists
  std::string start(const settings& s);

  const journal_actor& journal() const { return journal_; }
  const accounts& all() const { return accounts_; }

  /// Accounts first, so that what they appended is committed before the journal ends.
  void stop();

private:
  caf::actor_system& system_;
  log_sink log_;
  journal_actor journal_;
  accounts accounts_;
};

} // namespace troupe
