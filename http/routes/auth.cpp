#include "http/routes/auth.hpp"

#include "http/json_text.hpp"
#include "http/user_request.hpp"

namespace troupe {

void post_registration(exchange& ex) {
  register_user request;
  if (auto bad = read_registration(ex.in.body, request)) return fail_body(ex, *bad);
  sign_request(ex, request);
  ask_users<logged_in>(ex, std::move(request), [](exchange& held, const logged_in& done) {
    answer_login(held, done, 201);
  });
}

void post_login(exchange& ex) {
  log_in request;
  if (auto bad = read_login(ex.in.body, request)) return fail_body(ex, *bad);
  sign_request(ex, request);
  ask_users<logged_in>(ex, std::move(request), [](exchange& held, const logged_in& done) {
    answer_login(held, done, 200);
  });
}

void post_refresh(exchange& ex) {
  refresh_session request;
  if (auto bad = read_refresh(ex.in.body, request)) return fail_body(ex, *bad);
  sign_request(ex, request);
  ask_users<token_pair>(ex, std::move(request), [](exchange& held, const token_pair& made) {
    std::string data;
    append_tokens(data, made);
    answer_data(held, data);
  });
}

void post_password(exchange& ex) {
  change_password request;
  if (auto bad = read_password_change(ex.in.body, request)) return fail_body(ex, *bad);
  request.user = ex.who.user;
  request.session = ex.who.session;
  sign_request(ex, request);
  ask_users<bool>(ex, std::move(request),
                  [](exchange& held, bool) { answer_data(held, R"({"changed":true})"); });
}

void post_logout(exchange& ex) {
  log_out request;
  request.user = ex.who.user;
  request.family = ex.who.session;
  sign_request(ex, request);
  ask_users<bool>(ex, std::move(request),
                  [](exchange& held, bool) { answer_data(held, R"({"logged_out":true})"); });
}

void get_me(exchange& ex) {
  ask_users<user_view>(ex, get_profile{ex.who.user}, [](exchange& held, const user_view& me) {
    std::string data = R"({"user":)";
    append_user(data, me);
    answer_data(held, data += '}');
  });
}

void post_totp_setup(exchange& ex) {
  set_up_totp request;
  request.user = ex.who.user;
  sign_request(ex, request);
  ask_users<totp_setup>(ex, std::move(request), [](exchange& held, const totp_setup& made) {
    std::string data = "{";
    append_field(data, "secret", made.secret.text);
    append_field(data, "otpauth_url", made.otpauth_url.text);
    append_field(data, "qr_code", made.qr_code.text);
    answer_data(held, data += '}');
  });
}

void post_totp_proof(exchange& ex) {
  confirm_totp request;
  if (auto bad = read_totp(ex.in.body, request)) return fail_body(ex, *bad);
  request.user = ex.who.user;
  sign_request(ex, request);
  ask_users<bool>(ex, std::move(request),
                  [](exchange& held, bool) { answer_data(held, R"({"success":true})"); });
}

void get_key_list(exchange& ex) {
  ask_users<std::vector<api_key>>(ex, get_api_keys{ex.who.user, ""},
                                  [](exchange& held, const std::vector<api_key>& keys) {
                                    std::string data = R"({"api_keys":[)";
                                    for (auto& k : keys) {
                                      if (data.back() != '[') data += ',';
                                      append_key_info(data, k);
                                    }
                                    answer_data(held, data += "]}");
                                  });
}

void post_key(exchange& ex) {
  issue_api_key request;
  if (auto bad = read_key_order(ex.in.body, request)) return fail_body(ex, *bad);
  request.user = ex.who.user;
  sign_request(ex, request);
  ask_users<issued_key>(ex, std::move(request), [](exchange& held, const issued_key& made) {
    std::string data = "{";
    append_field(data, "key", made.key.text);
    append_key(data, "api_key");
    append_key_info(data, made.what);
    answer_data(held, data += '}', 201);
  });
}

void delete_key(exchange& ex) {
  const auto& id = ex.param("id");
  if (!visible_ascii(id, max_id_bytes)) return ex.fail(errc::not_found, "no such key");
  const audit_entry act{
      now_ms(ex), "key_revoked", ex.who.user, ex.who.user, std::string{ex.in.address}, id};
  ask_users<bool>(ex, revoke_api_key{ex.who.user, id, act}, [](exchange& held, bool revoked) {
    if (!revoked) return held.fail(errc::not_found, "no such key");
    held.with->gate.keys->forget(held.param("id"));
    answer_data(held, R"({"revoked":true})");
  });
}

} // namespace troupe
