// The channels of users, `user:{id}:{topic}`: which names are such, and who may hear them. Pure;
// shared by plain sockets and Socket.IO.
#pragma once
#include "http/identity.hpp"

#include <array>
#include <string>
#include <string_view>

namespace troupe {

inline constexpr std::array<std::string_view, 4> user_topics{"trades", "positions", "accounts",
                                                             "notifications"};

/// `user:{id}:{topic}`.
std::string user_channel(std::string_view user, std::string_view topic);

/// Whether a name speaks of a user, be it well-formed or not.
bool names_user(std::string_view channel);

/// `user:{id}:trades` and the like, whoever it belongs to.
bool is_user_channel(std::string_view name);

/// Whose channel it is. @pre is_user_channel(name)
std::string_view user_of(std::string_view name);

/// Empty when `who` may hear it, or why not.
std::string_view why_not_heard(std::string_view channel, const identity& who);

} // namespace troupe
