// Stands before the registry of a node's connected users and tells the other nodes' what ends or
// changes a session, so that a logout is heard wherever the user is connected. A node that is away
// at that moment does not hear it: its users' tokens are good for their minutes, as for any service
// that only checks them.
#pragma once
#include "messages/cluster_protocol.hpp"
#include "messages/session_protocol.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

/// Passes questions on to the registry. `relayed_news` are those of another node's relay, by their
/// topics; bytes that cannot be read are dropped.
using session_relay_actor =
    sessions_actor::extend<caf::reacts_to<peer_changed>, caf::reacts_to<relayed_news>>;

inline constexpr auto sessions_ended_topic = "sessions_ended", user_changed_topic = "user_changed";

/// Ends with an exit message. Throws std::invalid_argument without a registry.
session_relay_actor spawn_session_relay(caf::actor_system& system, const sessions_actor& local);

} // namespace troupe
