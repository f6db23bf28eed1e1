// Who a user is, as a verified token says it. Making and verifying tokens is not here: the server
// is given a verifier.
#pragma once
#include "messages/errors.hpp"
#include "messages/user.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace troupe {

struct identity {
  user_id user;
  std::string session; // the family of refresh tokens that it came with
  user_role role = user_role::user;
  user_plan plan = user_plan::free;
  utc_ms expires_at = 0; // from then on the token is worth nothing
};

/// An access token's owner, or errc::unauthorized. Called on io threads: never blocks.
using token_verifier =
    std::function<std::variant<identity, errc>(std::string_view token, utc_ms now)>;

} // namespace troupe
