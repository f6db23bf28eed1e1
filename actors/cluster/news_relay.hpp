// Hands what this node's gateway has to say to every other node. What it says, and who there hears
// it, is the gateways'; a node that cannot be reached misses it, and its listeners are told a gap.
#pragma once
#include "messages/cluster_protocol.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

/// Told ways to other nodes (watch_peers).
using news_relay_actor =
    caf::typed_actor<caf::reacts_to<relayed_news>, caf::reacts_to<peer_changed>>;

news_relay_actor spawn_news_relay(caf::actor_system& system);

} // namespace troupe
