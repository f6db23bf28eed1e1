// The step of a request that came with a user's key and no token: whose it is, and whether it opens
// the route. Known keys pass at once; for others the users' actor is asked, and each such question
// counts against the address, so that keys cannot be guessed.
#pragma once
#include "http/admission.hpp"
#include "http/exchange.hpp"

#include <functional>

namespace troupe {

/// How long who came with a key is taken for a user: for what goes on after the request, as sockets
/// do.
inline constexpr utc_ms key_identity_ms = 15 * minute_ms;

/// Decides an admission that asks_for_key. `done` is called once, perhaps from within; a store that
/// does not answer is told to the client here instead.
void admit_by_key(exchange& ex, const route& r, key_guard& guard,
                  std::function<void(admission)> done);

} // namespace troupe
