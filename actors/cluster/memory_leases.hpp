// The leases_actor in memory: for tests and simulations of a cluster. One book is everybody's; its
// time is the actor's clock, as the database's clock is the only one that counts elsewhere.
#pragma once
#include "messages/cluster_protocol.hpp"
#include "models/lease_book.hpp"

#include <caf/actor_system.hpp>

#include <memory>

namespace troupe {

/// Shared with the test, which may have the database go away at any time.
struct leases_weather {
  bool away = false; // store_unavailable, and nothing is done
};

/// `book` is not guarded: whoever shares it does so on one thread.
leases_actor spawn_memory_leases(caf::actor_system& system, std::shared_ptr<lease_book> book,
                                 std::shared_ptr<const leases_weather> weather = nullptr);

} // namespace troupe
