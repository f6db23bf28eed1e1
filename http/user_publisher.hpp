// Turns what users are told of their accounts into frames of their channels, once, and hands them
// to every io thread. It alone gives those channels their numbers.
#pragma once
#include "http/publisher.hpp"
#include "messages/session_protocol.hpp"

namespace troupe {

/// Pushes to these companions (server::ports()). Told to exit it ends.
account_news_taker spawn_user_publisher(caf::actor_system& system, std::vector<caf::actor> ports,
                                        wall_us now, frame_sink sink = {});

} // namespace troupe
