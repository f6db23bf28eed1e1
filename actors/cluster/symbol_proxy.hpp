// One symbol as a node's clients see it, wherever it runs: hands each question to the local
// symbol_actor while that is this node's, to the owner's through a peer, and waits, not for long,
// while nobody is. Candles and models go to the local one only. Who owns what is the symbol_host's.
#pragma once
#include "messages/cluster_protocol.hpp"
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <functional>

namespace troupe {

/// Where questions go from now on. With neither they wait.
struct symbol_route {
  symbol_actor local; // asked before the peer
  peer_actor owner;   // the way to the node that has it
};

/// Lasts as long as the node. `flush_atom` without a local symbol is answered at once.
using symbol_proxy_actor = symbol_actor::extend<caf::reacts_to<symbol_route>,
                                                caf::reacts_to<caf::tick_atom>>; // internal

struct symbol_proxy_options {
  symbol_name symbol;
  /// How long a question may wait for an owner; then it is answered errc::busy.
  caf::timespan patience = std::chrono::seconds{1};
  caf::timespan ask_again_after = std::chrono::milliseconds{50}; // an owner that says it is none
  caf::timespan answer_timeout = std::chrono::seconds{3};        // of another node
  std::size_t max_waiting = 256;                                 // one more is answered errc::busy
  std::function<bool()> lease_holds; // else the local one is not asked; empty: always
};

symbol_proxy_actor spawn_symbol_proxy(caf::actor_system& system, symbol_proxy_options options);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::symbol_route)
