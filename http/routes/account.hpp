// Handlers of the engine API that speak of investment accounts and their agents (SPEC §3.1).
// Wallets are not reached from here. An account's agent bears the account's id.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void post_account(exchange& ex);
void post_capital(exchange& ex);
void post_pause(exchange& ex);
void post_resume(exchange& ex);
void post_close(exchange& ex);
void get_account_status(exchange& ex);
void get_account_trades(exchange& ex);
void get_account_performance(exchange& ex);
void get_agent_config(exchange& ex);
void put_agent_config(exchange& ex);

} // namespace troupe
