// One attempt to reach another node's root, on a thread of its own because it blocks: one that
// hangs keeps no other waiting.
#pragma once
#include "runtime/cluster/tls.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace troupe {

/// For each of: to be connected and known to each other, to hear whose door it is.
inline constexpr std::chrono::milliseconds dial_patience{1000};

/// Host and port: answered with the node_root_actor there, or with errc::busy and a text for
/// people.
using attempt_actor = caf::typed_actor<
    caf::replies_to<caf::connect_atom, std::string, std::uint16_t>::with<caf::strong_actor_ptr>>;

/// Answers once and ends. @pre the system has CAF's middleman
attempt_actor spawn_attempt(caf::actor_system& system, tls_context tls);

} // namespace troupe
