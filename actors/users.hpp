// The actor that answers for users: registration, login by password or provider, second factor,
// refresh, logout, keys, and what an operator changes. Rules are models/credentials.hpp's, rows are
// the store's, and everything secret is made by the edge's tools.
#pragma once
#include "actors/log.hpp"
#include "messages/cache_protocol.hpp"
#include "messages/limit_protocol.hpp"
#include "messages/session_protocol.hpp"
#include "messages/user_protocol.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// What a token says, be it for access or for refreshing.
struct token_claims {
  user_id user;
  std::string session; // id of the family
  std::string id;      // `jti`
  user_role role = user_role::user;
  user_plan plan = user_plan::free;
  utc_ms issued_at = 0, expires_at = 0;
};

/// What the edge makes. Called on the actor's thread: fast, without waiting; none may be empty.
struct user_tools {
  std::function<std::string()> random_id;  // 32 hex digits that nobody can guess
  std::function<std::string()> random_key; // 64
  std::function<std::string(const std::string& key)> hash_key;
  std::function<std::string(const token_claims&)> sign_access, sign_refresh;
  /// Its claims when it is one of our refresh tokens and not expired.
  std::function<std::optional<token_claims>(std::string_view token, utc_ms now)> read_refresh;
  std::function<totp_setup(const std::string& email)> make_totp;
  /// The step that a code belongs to, within one step of now; 0 when it is wrong.
  std::function<std::int64_t(const std::string& secret, const std::string& code, utc_ms now)>
      totp_step_of;
};

struct users_options {
  user_tools tools;
  user_store_actor store;
  std::vector<hasher_actor> hashers; // at least one
  /// Checked where there is no such user, so that an answer takes as long. Of no password.
  secret_text dummy_hash;
  std::size_t max_hashing = 32; // passwords at or before the hashers; past it errc::busy
  tries_actor tries;            // of passwords and codes; null: counted in this process
  cache_actor cache;            // keeps users' plans for all nodes; null: the store is asked
  utc_ms access_ms = 15 * minute_ms, refresh_ms = 7 * day_ms;
  sessions_actor sessions; // told of logins that ended and users that changed; may be null
  log_sink log;            // may be empty
};

users_actor spawn_users(caf::actor_system& system, users_options options);

} // namespace troupe
