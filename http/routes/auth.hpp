// Handlers of `/auth` (SPEC §3.3): registration, login, tokens, second factor, keys for programs.
// All answer in the envelope. Signing in by a provider is in routes/oauth; mails are not here.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void post_registration(exchange& ex);
void post_login(exchange& ex);
void post_refresh(exchange& ex);
void post_password(exchange& ex);
void post_logout(exchange& ex);
void get_me(exchange& ex);
void post_totp_setup(exchange& ex);
void post_totp_proof(exchange& ex);
void get_key_list(exchange& ex);
void post_key(exchange& ex);
void delete_key(exchange& ex);

} // namespace troupe
