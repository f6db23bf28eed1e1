// The user_store_actor in memory: for tests of those who ask one. Answers as the durable ones do
// (one suite tests all), can be told to fail, and forgets when it ends.
#pragma once
#include "actors/user_store.hpp"

#include <atomic>
#include <memory>

namespace troupe {

/// How many of the next requests answer store_unavailable. Shared with the test; may be null.
using user_store_faults = std::shared_ptr<std::atomic<int>>;

user_store_actor spawn_memory_users(caf::actor_system& system, user_store_faults faults = nullptr);

} // namespace troupe
