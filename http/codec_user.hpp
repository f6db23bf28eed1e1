// Users in JSON: bodies of the user API read, users, tokens, keys and the audit log written. The
// envelope of the user API is here too.
#pragma once
#include "http/exchange.hpp"
#include "http/json_fields.hpp"
#include "messages/user.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// `{"success":true,"data":…,"metadata":{"requestId","latencyMs","cached"}}`. `data`: JSON.
void answer_data(exchange& ex, std::string_view data, int status = 200, bool cached = false);

/// The same, for who adds headers to it. `ex.answer` sends it.
response data_response(const exchange& ex, std::string_view data, int status = 200,
                       bool cached = false);

/// An error of the users' actor, with Retry-After where waiting helps.
void fail_user(exchange& ex, const caf::error& failure);

// Each fills in what the body says; who asks and when is the route's.
std::optional<bad_body> read_registration(std::string_view body, register_user& out);
std::optional<bad_body> read_login(std::string_view body, log_in& out);
std::optional<bad_body> read_refresh(std::string_view body, refresh_session& out);
std::optional<bad_body> read_password_change(std::string_view body, change_password& out);
std::optional<bad_body> read_totp(std::string_view body, confirm_totp& out);
/// `{"name":"…","scopes":"signals market"}`.
std::optional<bad_body> read_key_order(std::string_view body, issue_api_key& out);
/// One field that must be one of its words.
std::optional<bad_body> read_role(std::string_view body, change_user& out);
std::optional<bad_body> read_plan(std::string_view body, change_user& out);
std::optional<bad_body> read_kyc(std::string_view body, change_user& out);

void append_user(std::string& out, const user_view& u);
void append_tokens(std::string& out, const token_pair& t);
void append_key_info(std::string& out, const api_key& k);
void append_audit_row(std::string& out, const audit_row& r);

} // namespace troupe
