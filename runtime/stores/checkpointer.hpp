// Brings a ledger's write-ahead log into its file on a connection and thread of their own: a
// hundred megabytes take a fifth of a second, which no commit may wait for. When to ask is the
// journal's.
#pragma once
#include <caf/actor_system.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace troupe {

using checkpointer_actor = caf::typed_actor<caf::replies_to<caf::flush_atom>::with<bool>>;

/// Answers when it is done: false when the file could not be written; the log then stays.
checkpointer_actor spawn_checkpointer(caf::actor_system& system, const std::string& path,
                                      std::uint32_t busy_timeout_ms, bool detached);

} // namespace troupe
