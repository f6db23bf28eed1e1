// The model_store_actor in memory, for tests: what it was told ends with it.
#pragma once
#include "actors/model_store.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

model_store_actor spawn_memory_models(caf::actor_system& system);

} // namespace troupe
