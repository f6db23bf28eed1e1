// A feed without candles and a trainer of one model, one job and one trial: what the routes of
// models ask.
#pragma once
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

namespace troupe::test {

feed_actor spawn_fake_feed(caf::actor_system& system);

/// Knows the job `job-1`, the model BTCUSDT-range-6-high and the version v2.
trainer_actor spawn_fake_trainer(caf::actor_system& system);

} // namespace troupe::test
