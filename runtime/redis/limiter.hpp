// Counts what users ask for in Redis, so that all nodes together keep to a plan's limit exactly.
// While Redis is away each node counts by itself, on from what it last knew.
#pragma once
#include "actors/log.hpp"
#include "messages/limit_protocol.hpp"
#include "models/plan_limits.hpp"
#include "runtime/redis/value.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

/// All that is asked while one question is on its way to Redis goes in the next, so that a round
/// trip serves many. Says once when Redis answers but does not count (it is full, say). Told to
/// exit, it ends.
limiter_actor spawn_redis_limiter(caf::actor_system& system, redis_actor redis,
                                  plan_limits limits = plan_limits{}, log_sink log = {});

} // namespace troupe
