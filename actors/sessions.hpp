// The registry of a node's connected users: gives each socket of a user its session, knows who is
// there, and ends the sessions of a login that is over. Keeps nothing over a restart: sockets end
// with the node.
#pragma once
#include "messages/session_protocol.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>

namespace troupe {

struct sessions_options {
  /// Past it the user's oldest session is ended: `too many connections`.
  std::size_t max_per_user = 32;
  /// Ended logins that are remembered, newest; a token of one may still be good for its minutes.
  std::size_t max_ended = 10'000;
  users_watcher watcher; // may be null
};

/// Sessions end with their registry. Throws std::invalid_argument when a bound is 0.
sessions_actor spawn_sessions(caf::actor_system& system, sessions_options options = {});

} // namespace troupe
