// Sign-in by a provider: GET begins (a URL, or a redirect for a browser), and the code comes back
// either with the browser itself or by POST from the page that has taken it.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_oauth(exchange& ex);
void get_oauth_callback(exchange& ex);
void post_oauth(exchange& ex);
/// Of who is logged in: the account is theirs from now on.
void post_oauth_link(exchange& ex);

} // namespace troupe
