// Handlers of `/admin` that speak of users (SPEC §3.3): their list, role, plan and KYC, and the log
// of who did what.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_user_list(exchange& ex);
void post_user_role(exchange& ex);
void post_user_plan(exchange& ex);
void post_user_kyc(exchange& ex);
void get_audit_log(exchange& ex);

} // namespace troupe
