// The journal_actor over one SQLite file of its own. What is queued goes into one transaction and
// is answered after its commit, in order; a refused append fails alone. Which rows mean what is in
// ledger_tables; what an event means is the account's. One node writes a file (it holds its lock),
// so that no append is ever fenced here.
#pragma once
#include "runtime/stores/spawned_journal.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace troupe {

struct sqlite_journal_options {
  /// Rows, and bytes, that may wait for a commit (a question counts as one row). Past either:
  /// errc::busy at once.
  std::uint64_t max_queued_rows = 50'000, max_queued_bytes = 64 * 1024 * 1024;
  /// A transaction takes whole requests until it has this many rows.
  std::uint64_t max_transaction_rows = 1'000;
  /// Bound of the file in pages of 4096 bytes; 0: the disk's.
  std::uint32_t max_pages = 0;
  /// How long to wait for another program (sqlite3 at a prompt) that holds the file.
  std::uint32_t busy_timeout_ms = 2'000;
  /// Told, in the journal's thread, when writing begins to fail and when it goes again. May be
  /// empty.
  std::function<void(const std::string&)> report;
  /// On a thread of its own, since commits block. Off only on a test's scheduler.
  bool detached = true;
};

/// Locks, opens (or makes), recovers and migrates the file, then spawns its actor. The file's
/// folder must exist. Refused with a clear error: in use by another process, newer schema, another
/// program's or damaged file, no right to write.
/// An exit message commits what is queued before the actor ends and the file is let go.
spawned_journal spawn_sqlite_journal(caf::actor_system& system, const std::string& path,
                                     const sqlite_journal_options& options = {});

} // namespace troupe
