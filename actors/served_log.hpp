// Writes who was served which signal, behind the answers: serving waits for no disk. What waits is
// bounded; what had to be dropped is counted and said, never silent.
#pragma once
#include "actors/counters.hpp"
#include "actors/log.hpp"
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <memory>

namespace troupe {

struct served_log_options {
  store_actor store;
  std::shared_ptr<counters> counts; // never null: served_dropped
  log_sink log;                     // may be empty
  /// Rows that may wait, those on their way included; past it new ones are dropped.
  std::size_t max_waiting_rows = 50'000;
  std::size_t max_write_rows = 5'000;
  /// Those who wait for a flush; past it errc::busy.
  std::size_t max_flushing = 1'000;
  /// Servings remembered, so that a repeated one is not written again: up to twice as many.
  std::size_t max_known = 1u << 14;
};

/// One write is under way at a time, so that batches grow with the load. A refused write is
/// repeated after a second, or at once when somebody asks for a flush.
served_log_actor spawn_served_log(caf::actor_system& system, served_log_options options);

} // namespace troupe
