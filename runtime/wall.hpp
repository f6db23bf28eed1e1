// The wall clock of a node: the one place where actors are told what time it is.
#pragma once
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>

namespace troupe {

/// Milliseconds and microseconds since 1970, from the system's clock.
utc_ms wall_now_ms();
std::int64_t wall_now_us();

/// Tells the trainer the time once a minute, and has the store apply its retention once an hour.
/// `retention.now` is filled in at each.
caf::actor spawn_wall(caf::actor_system& system, trainer_actor trainer, store_actor store,
                      apply_retention retention);

} // namespace troupe
