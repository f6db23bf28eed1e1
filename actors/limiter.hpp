// Counts what users ask for in this process alone: exact on one node, and forgotten when it ends.
// Nodes that share a Redis count there instead (runtime/redis).
#pragma once
#include "messages/limit_protocol.hpp"
#include "models/plan_limits.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

/// Told to exit, it ends.
limiter_actor spawn_limiter(caf::actor_system& system, plan_limits limits = plan_limits{});

} // namespace troupe
