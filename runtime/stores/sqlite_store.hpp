// The store_actor over one SQLite file: how it queues is in store_queue, which rows mean what in
// market_tables.
#pragma once
#include "runtime/stores/store_write.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <string>

namespace troupe {

struct sqlite_store_options : store_queue_options {
  /// Bound of the file in pages of 4096 bytes; 0: the disk's.
  std::uint32_t max_pages = 0;
  /// How long to wait for another program (sqlite3 at a prompt) that holds the file.
  std::uint32_t busy_timeout_ms = 2'000;
};

/// Locks, opens (or makes), recovers and migrates the file, then spawns its actor. The file's
/// folder must exist. Refused with a clear error: in use by another process, newer schema, another
/// program's or damaged file, no right to write.
/// Answers: errc::validation_error for what cannot be kept, store_unavailable while the disk
/// refuses (nothing of the request was kept; the next try may succeed).
/// An exit message commits what is queued before the actor ends and the file is let go.
spawned_store spawn_sqlite_store(caf::actor_system& system, const std::string& path,
                                 const sqlite_store_options& options = {});

} // namespace troupe
