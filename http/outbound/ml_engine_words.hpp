// The external ML engine's language for the courier of the outbox: notices become the requests of
// ml_engine.hpp, and statuses and error codes become what they mean for a row. When to say what is
// the courier's.
#pragma once
#include "actors/engine_courier.hpp"

#include <string>

namespace troupe {

/// Judged so: 2xx is taken. 408, 425, 5xx, and 409 with the code IN_PROGRESS: later. 429, 401, 403
/// and every redirection, and for a new account 404 and 405 too: away, since it is the address, the
/// key or the pace that is wrong, not the row. Any other is refused for good.
engine_words ml_engine_words(const std::string& client_key);

} // namespace troupe
