// A connection to another node that has proved itself, as CAF's broker takes it: over TLS or plain.
// CAF brings both, but its TLS lets an error of one connection end others (see tls.hpp), shakes
// hands with strangers on the thread that serves all nodes, and waits for them without end.
#pragma once
#include "runtime/cluster/endpoint.hpp"
#include "runtime/cluster/tls.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/io/scribe.hpp>

#include <chrono>
#include <string>

namespace troupe {

/// Takes the socket, connected and past its handshake. `session` null: plain.
caf::io::scribe_ptr make_link(caf::actor_system& system, int socket, ssl_ptr session);

struct dialled_link {
  caf::io::scribe_ptr link;
  std::string error; // why there is none
};

/// Connects and proves itself. Blocks until `patience` is over, looking up names apart.
dialled_link dial(caf::actor_system& system, const tls_context& tls, const endpoint& where,
                  std::chrono::milliseconds patience);

/// Who speaks CAF's protocol over links: takes (connect_atom, link, port) or
/// (publish_atom, link, port, actor, signatures).
caf::actor broker_of(caf::actor_system& system);

} // namespace troupe
