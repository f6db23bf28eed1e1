// Encoded answers and users' plans, kept in Redis for all nodes.
#pragma once
#include "messages/cache_protocol.hpp"
#include "runtime/redis/value.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

/// `SET key text PX lifetime`, with `NX` where what is there shall stay.
redis_words words_of(const put_cached& what);

/// While Redis is away it knows nothing. Told to exit, it ends.
cache_actor spawn_redis_cache(caf::actor_system& system, redis_actor redis);

} // namespace troupe
