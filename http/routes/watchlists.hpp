// Handlers of `/trading/watchlists` (SPEC §3.3). All lists of a user are one note of the store,
// changed by comparing and swapping, so that of two who change lists at once nobody loses any.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_watchlists(exchange& ex);
void post_watchlist(exchange& ex);
void put_watchlist(exchange& ex);
void delete_watchlist(exchange& ex);

} // namespace troupe
