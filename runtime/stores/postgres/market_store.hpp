// The store_actor over a PostgreSQL database: how it queues is in store_queue, which rows mean what
// in pg_market_tables, how a lost connection comes back in pg_link. The database may be shared by
// nodes and by other programs.
#pragma once
#include "runtime/stores/postgres/link.hpp"
#include "runtime/stores/store_write.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace troupe {

struct postgres_store_options : store_queue_options {
  pg_link_options link;
};

/// Connects, brings the database to its schema, then spawns the actor. Refused with a clear error
/// (without password): nobody answers, newer schema, no right to make one.
/// Answers as the SQLite store does; errc::store_unavailable while the database is away, at once or
/// after one attempt to reach it (connect_timeout_s). What is put again after that is kept once.
spawned_store spawn_postgres_store(caf::actor_system& system, const std::string& url,
                                   const postgres_store_options& options = {});

} // namespace troupe
