// From the code that a browser brought back to who the provider says it is: its token, its profile,
// its addresses, one question after another, none of which holds the io thread.
#pragma once
#include "http/exchange.hpp"
#include "http/oauth/provider.hpp"

#include <functional>
#include <string>

namespace troupe {

/// `done` is called with the profile. Else the request is answered here: 401 when the provider
/// refuses the code, 503 with PROVIDER_UNAVAILABLE when it is slow, away or not understood.
void exchange_code(exchange& ex, const oauth_provider& at, std::string_view code,
                   std::string_view verifier,
                   std::function<void(exchange&, const provider_profile&)> done);

} // namespace troupe
