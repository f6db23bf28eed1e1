// What the product says on Socket.IO (SPEC §4): who may join, subscriptions, and the hub's events
// in the namespaces `/` and `/signals`.
#pragma once
#include "http/socketio/engine.hpp"

namespace troupe::socketio {

/// A client that joins with a token and subscribes.
std::unique_ptr<engine_user> make_live_client(engine_line& line);

} // namespace troupe::socketio

namespace troupe {

/// `/socket.io/`, all methods.
void serve_socketio(exchange& ex);

} // namespace troupe
