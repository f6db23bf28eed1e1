// A trainer of one model, one job and one trial, for the tests of routes.
#pragma once
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

namespace troupe::test {

/// Knows version v2 alone to be promoted.
trainer_actor spawn_fake_trainer(caf::actor_system& system);

} // namespace troupe::test
