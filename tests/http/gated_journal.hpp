// A journal that can be made to wait: what is appended while the gate is shut is kept back until it
// is opened. Everything else passes to the journal behind it.
#pragma once
#include "messages/journal_protocol.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <memory>

namespace troupe::test {

struct journal_gate {
  std::atomic<bool> shut{false};
  std::atomic<bool> letters_fail{false}; // dead letters answer store_unavailable
  std::atomic<std::uint64_t> appends{0};
};

/// Opened by `shut = false` and a flush_atom.
journal_actor spawn_gated_journal(caf::actor_system& system, std::shared_ptr<journal_gate> gate,
                                  journal_actor behind);

} // namespace troupe::test
