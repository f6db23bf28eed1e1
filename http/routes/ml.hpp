// Handlers of `/api/ml` and its short forms `/ml` (SPEC §3.3): what the engine API says of symbols,
// for users, in the envelope. Each signal that is served is logged for its user.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void post_user_prediction(exchange& ex);
void post_user_signal(exchange& ex);
void get_user_predictions(exchange& ex); // GET /api/ml/predict/:symbol
void get_user_signal_log(exchange& ex);  // GET /api/ml/signals/history
void get_user_indicators(exchange& ex);  // GET /api/ml/indicators/:symbol
void get_short_prediction(exchange& ex); // GET /ml/predictions/:symbol?horizon
void get_short_signals(exchange& ex);    // GET /ml/signals/:symbol?horizon
void get_short_indicators(exchange& ex); // GET /ml/indicators/:symbol?timeframe

} // namespace troupe
