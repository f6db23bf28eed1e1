// The session of one socket of a user: who it is, what it hears and from where on. It is told, it
// is not on the way of any frame. An end is ordered again each second until the socket is gone, for
// what is pushed to an io thread may be dropped there.
#pragma once
#include "messages/session_protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <chrono>

namespace troupe {

inline constexpr caf::timespan order_again_after = std::chrono::seconds{1};

session_actor::behavior_type session_behavior(session_actor::pointer self, register_session opened);

} // namespace troupe
