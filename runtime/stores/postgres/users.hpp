// The user_store_actor over a PostgreSQL database (config/migrations/postgres/003_users.sql),
// shared by all nodes: two who spend one refresh token or one code at the same time are told apart
// by the database. How a lost connection comes back is pg_link's.
#pragma once
#include "actors/user_store.hpp"
#include "runtime/stores/postgres/link.hpp"

#include <string>

namespace troupe {

/// Connects, brings the database to its schema, then spawns the actor on a thread of its own.
/// Refused with a clear error (without password): nobody answers, newer schema, no right to make
/// one. Every request may be run again after a lost connection: what was kept then counts as kept
/// now, but an act may stand in the audit log twice.
spawned_user_store spawn_postgres_users(caf::actor_system& system, const std::string& url,
                                        const pg_link_options& options = {});

} // namespace troupe
