// The leases_actor over PostgreSQL: what nodes say of themselves and who owns which shard, on the
// database's clock (config/migrations/postgres/002_ledger.sql). On a thread and connection of its
// own, so that neither a commit nor a busy scheduler delays a beat. Decides nothing.
#pragma once
#include "messages/cluster_protocol.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace troupe {

/// The database may be away at any time: store_unavailable, and a later question tries again.
leases_actor spawn_postgres_leases(caf::actor_system& system, const std::string& url);

} // namespace troupe
