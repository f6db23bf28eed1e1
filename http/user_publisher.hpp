// Turns what users are told of their accounts into frames of their channels, once, and hands them
// to every io thread. It alone gives those channels their numbers.
#pragma once
#include "http/publisher.hpp"
#include "messages/session_protocol.hpp"

namespace troupe {

/// Pushes to these companions (server::ports()). Told to exit it ends. `owns`: whose news the sink
/// hears, since the node that owns an account tells other services; empty: all.
account_news_taker spawn_user_publisher(caf::actor_system& system, std::vector<caf::actor> ports,
                                        wall_us now, frame_sink sink = {},
                                        std::function<bool(const account_id&)> owns = {});

} // namespace troupe
