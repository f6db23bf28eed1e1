// The user_store_actor over one SQLite file of its own
// (config/migrations/sqlite_users/001_users.sql). What may be kept is judged before
// (actors/user_store.hpp); here are rows and transactions.
#pragma once
#include "actors/user_store.hpp"

#include <cstdint>
#include <string>

namespace troupe {

/// Locks, opens (or makes) and migrates the file, then spawns its actor. The file's folder must
/// exist. Refused with a clear error: in use by another process, newer schema, another program's or
/// damaged file, no right to write. Every commit is on the disk before its answer.
/// `detached`: on a thread of its own. Off only on a test's scheduler.
spawned_user_store spawn_sqlite_users(caf::actor_system& system, const std::string& path,
                                      bool detached = true);

} // namespace troupe
