// The model_store_actor over a PostgreSQL database (config/migrations/postgres/001_market.sql),
// with a connection of its own: a version of some megabytes holds up no candle.
#pragma once
#include "actors/model_store.hpp"
#include "runtime/stores/postgres/link.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace troupe {

struct spawned_model_store {
  model_store_actor handle; // null after a failure
  std::string error;        // one line for people
};

/// Connects, brings the database to its schema, then spawns the actor on a thread of its own. Every
/// request may be run again after a lost connection.
spawned_model_store spawn_postgres_models(caf::actor_system& system, const std::string& url,
                                          const pg_link_options& options = {});

} // namespace troupe
