// Counts what users ask for in this process alone: exact on one node, and forgotten when it ends.
// Nodes that share a Redis count there instead (runtime/redis).
#pragma once
#include "messages/limit_protocol.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>

namespace troupe {

/// Keeps at most `max_counts`: a count per user, kind and window. Told to exit, it ends.
limiter_actor spawn_limiter(caf::actor_system& system, std::size_t max_counts = 1u << 18);

} // namespace troupe
