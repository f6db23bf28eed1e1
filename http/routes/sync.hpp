// Handlers of the data API (SPEC §3.2): whether what is stored of the market is whole, orders to
// make it whole, and what spreads were.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_sync_status_list(exchange& ex);
void post_sync(exchange& ex);
void get_sync_history(exchange& ex);
void get_spread(exchange& ex);

} // namespace troupe
