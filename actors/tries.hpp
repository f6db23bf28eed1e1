// Counts tries at passwords and codes in this process alone: exact on one node, and forgotten when
// it ends. Nodes that share a Redis count there instead (runtime/redis).
#pragma once
#include "messages/limit_protocol.hpp"
#include "models/attempt_limits.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>

namespace troupe {

/// `per_minute` of one address, and for one whom. Ends when told to exit, or when nobody knows it
/// any more.
tries_actor spawn_tries(caf::actor_system& system, std::size_t per_minute = logins_per_minute);

} // namespace troupe
