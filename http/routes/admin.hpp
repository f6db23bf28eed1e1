// Handlers for who runs the house (SPEC §3.3, `/admin`): the books, any account as of any time and
// its proof, dead letters, and money moved by hand. All behind the admin's key.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_trial_balance_sheet(exchange& ex);
void get_any_account(exchange& ex);
void get_account_proof(exchange& ex);
void post_breaker_reset(exchange& ex);
void get_dead_letter_list(exchange& ex);
void post_letter_replay(exchange& ex);
void post_wallet_funds(exchange& ex);
void post_transfer(exchange& ex);

} // namespace troupe
