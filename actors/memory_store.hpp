// The store_actor in memory: for tests of those who use a store, and for a node that keeps nothing.
// Answers as the SQLite store does (one suite tests both) but at once, and forgets when it ends.
#pragma once
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>

namespace troupe {

struct memory_store_options {
  /// Every write answers store_unavailable and changes nothing; questions still work.
  bool fail_writes = false;
  /// The first so many writes fail likewise, then it recovers.
  std::uint32_t fail_first_writes = 0;
  /// A write that might take it past one of these answers store_unavailable.
  std::uint64_t max_candle_rows = 2'000'000;
  std::uint64_t max_log_rows = 500'000;
  std::uint64_t max_notes = 1'000;
};

store_actor spawn_memory_store(caf::actor_system& system, const memory_store_options& options = {});

} // namespace troupe
