// A store that answers from constants, but for notes and served signals, which it keeps.
#pragma once
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

namespace troupe::test {

/// BTCUSDT has an hour of base candles before noon. The note `agent:full` cannot be written, and
/// signals from the 666th on cannot be read.
store_actor spawn_fake_store(caf::actor_system& system);

} // namespace troupe::test
