// The store_actor over one SQLite file. Writes wait in a bounded queue and are committed many to a
// transaction; an answer comes after its commit, in order, and a question sees everything put
// before it. Which rows mean what is in market_tables; no rule of trading is here.
#pragma once
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace troupe {

struct sqlite_store_options {
  /// Rows that may wait for a commit. Past it: errc::busy at once. A request larger than this:
  /// errc::payload_too_large.
  std::uint64_t max_queued_rows = 200'000;
  /// A transaction takes whole requests until it has this many rows.
  std::uint64_t max_transaction_rows = 20'000;
  /// Rows deleted by retention between two transactions of writes.
  std::uint32_t retention_slice_rows = 10'000;
  /// Bound of the file in pages of 4096 bytes; 0: the disk's.
  std::uint32_t max_pages = 0;
  /// How long to wait for another program (sqlite3 at a prompt) that holds the file.
  std::uint32_t busy_timeout_ms = 2'000;
  /// Told, in the store's thread, when writing begins to fail and when it goes again. May be empty.
  std::function<void(const std::string&)> report;
  /// On a thread of its own, since commits block. Off only on a test's scheduler.
  bool detached = true;
};

struct spawned_store {
  store_actor handle; // null after a failure
  std::string error;  // one line for people
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
