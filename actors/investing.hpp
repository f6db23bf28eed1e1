// Does for users what takes more than one account's word: opening an investment account with money
// from the wallet, and closing one into it. Keeps nothing: every step bears a name that follows
// from user and key, so whoever dies at whatever step, the same request said again goes on from
// there, and a request whose asker has gone goes on by itself. The rules of each step are the
// accounts'.
#pragma once
#include "actors/accounts.hpp"
#include "messages/user_protocol.hpp"

namespace troupe {

struct investing_options {
  accounts money;
  journal_actor journal;
  users_actor users;
  std::size_t max_active = 256; // requests under way; further ones are answered busy
  caf::timespan step_timeout = std::chrono::seconds{5}; // an account that died never answers
  std::uint32_t tries_to_close = 6;                     // each pays out what came in meanwhile
};

/// Ends with an exit message.
investing_actor spawn_investing(caf::actor_system& system, investing_options options);

} // namespace troupe
