// The only actor of a node that others find by its address. It lets nobody say more than hello:
// what follows is between the two peer_actors that a hello brings together.
#pragma once
#include "messages/cluster_protocol.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

/// Who decides on a hello.
using greeted_actor = caf::typed_actor<caf::replies_to<node_hello>::with<node_welcome>>;

/// Passes each hello on. Ends when told to exit.
node_root_actor spawn_node_root(caf::actor_system& system, greeted_actor to);

} // namespace troupe
