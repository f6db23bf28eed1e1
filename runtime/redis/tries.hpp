// Counts tries at passwords and codes in Redis, so that they are as few over all nodes as over one.
// While Redis is away each node counts by itself, on from what it let pass.
#pragma once
#include "actors/log.hpp"
#include "messages/limit_protocol.hpp"
#include "models/attempt_limits.hpp"
#include "runtime/redis/value.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>

namespace troupe {

/// By the clock of Redis, so that nodes' clocks need not agree; what this node alone has counted
/// too often is refused without asking. Says once when Redis answers but does not count. Told to
/// exit, it ends.
tries_actor spawn_redis_tries(caf::actor_system& system, redis_actor redis, log_sink log = {},
                              std::size_t per_minute = logins_per_minute);

} // namespace troupe
