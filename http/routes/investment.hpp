// Handlers of what a user does with investments (SPEC §3.3), and of the admin's word on
// withdrawals. A user reaches their own accounts alone: any other is NOT_FOUND, and is not even
// asked about.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_product_list(exchange& ex);
void get_investment_list(exchange& ex);
void post_investment(exchange& ex);
void get_investment(exchange& ex);
void post_investment_deposit(exchange& ex);
void post_investment_withdrawal(exchange& ex);
void post_investment_pause(exchange& ex);
void post_investment_resume(exchange& ex);
void post_investment_close(exchange& ex);
void get_investment_performance(exchange& ex);
void get_investment_trades(exchange& ex);
void get_investment_transactions(exchange& ex);

void get_withdrawal_list(exchange& ex);
void post_withdrawal_approval(exchange& ex);
void post_withdrawal_rejection(exchange& ex);

} // namespace troupe
