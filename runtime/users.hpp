// The users of a node: their store, who checks their passwords, the actor that answers for them
// and the tokens they show. What is asked over HTTP is the gateway's.
#pragma once
#include "actors/cluster/session_relay.hpp"
#include "actors/sessions.hpp"
#include "actors/user_store.hpp"
#include "actors/users.hpp"
#include "http/tokens.hpp"
#include "runtime/secrets.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// The user that demo mode makes once, with a fresh access token (empty when it cannot log in).
struct demo_user {
  std::string email, password, token;
};

/// `900s`, `15m`, `12h`, `7d`: 1 s to 365 days. 0 when it is none.
utc_ms parse_lifetime(std::string_view text);

/// Who else has to do with users; each may be empty.
struct users_peers {
  users_watcher watcher;  // is told who is connected
  tries_actor tries;      // counts tries at passwords and codes
  cache_actor cache;      // keeps plans for all nodes
  bool clustered = false; // users are connected to other nodes, too
};

class users_part {
public:
  users_part(caf::actor_system& system, log_sink log) : system_(system), log_(std::move(log)) {}

  /// Opens (or makes) the store, in PostgreSQL when store.url is set, and spawns the actors; in
  /// demo mode makes its user. Returns what is wrong, for people, or nothing.
  /// @pre the data folder exists
  std::string start(const settings& s, const node_secrets& secrets, users_peers peers = {});

  const users_actor& users() const { return users_; }
  /// Of those who are connected.
  const sessions_actor& sessions() const { return sessions_; }
  /// Tells other nodes' of logins that ended; null where the node runs alone.
  const session_relay_actor& relay() const { return relay_; }
  /// Good until this part goes. @pre started
  token_verifier verifier() const { return tokens_->verifier(); }
  /// Empty outside demo mode.
  const demo_user& demo() const { return demo_; }

  void stop();

private:
  std::string open_store(const settings& s);
  std::string make_demo(const settings& s);

  caf::actor_system& system_;
  log_sink log_;
  std::shared_ptr<const tokens> tokens_;
  user_store_actor store_;
  std::vector<hasher_actor> hashers_;
  users_actor users_;
  sessions_actor sessions_;
  session_relay_actor relay_;
  demo_user demo_;
};

} // namespace troupe
