// The wall clock of a node: the one place where actors are told what time it is.
#pragma once
#include "actors/log.hpp"
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>

namespace troupe {

/// Milliseconds and microseconds since 1970, from the system's clock.
utc_ms wall_now_ms();
std::int64_t wall_now_us();

/// Tells the trainer the time once a minute, and has the store apply its retention once an hour to
/// each symbol, counted back from its newest candle.
caf::actor spawn_wall(caf::actor_system& system, trainer_actor trainer, store_actor store,
                      apply_retention retention, log_sink log);

} // namespace troupe
