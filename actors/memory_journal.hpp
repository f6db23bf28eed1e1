// The journal_actor in memory: for tests of those who write to a journal. Answers as the SQLite
// journal does (one suite tests both) but at once, can be told to fail, and forgets when it ends.
#pragma once
#include "messages/journal_protocol.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace troupe {

/// What goes wrong next. Shared with the test, which may change it at any time; each failure
/// counts down by one.
struct journal_faults {
  std::atomic<std::uint32_t> before{0}; // appends that answer store_unavailable and are not kept
  std::atomic<std::uint32_t> after{0};  // appends that are kept and answer store_unavailable
  std::atomic<std::uint32_t> loads{0};  // load_account that answers store_unavailable
};

struct memory_journal_options {
  std::shared_ptr<journal_faults> faults; // may be null
  /// An append that would take it past this answers store_unavailable.
  std::uint64_t max_rows = 5'000'000;
};

journal_actor spawn_memory_journal(caf::actor_system& system,
                                   const memory_journal_options& options = {});

} // namespace troupe
