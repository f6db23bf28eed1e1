// Handlers of `/trading` that speak of markets (SPEC §3.3): symbols, candles of a range, the stream
// of one symbol. Watchlists are routes/watchlists.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_trading_symbols(exchange& ex);
void get_trading_candles(exchange& ex);
void open_trading_stream(exchange& ex); // WS /trading/stream/:symbol

} // namespace troupe
