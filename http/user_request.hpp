// What the routes of users share: asking their actor, who asks, from where and when.
#pragma once
#include "http/codec_user.hpp"
#include "http/json_text.hpp"
#include "http/money_request.hpp"

#include <string>
#include <utility>

namespace troupe {

/// Asks the users' actor; errors are told to the client.
template<class R, class Question, class Done>
void ask_users(exchange& ex, Question question, Done done) {
  ex.with->port.request<R>(ex.with->gate.users, actor_timeout, std::move(question),
                           [held = ex.share(), done = std::move(done)](caf::expected<R> r) mutable {
                             if (!r) return fail_user(*held, r.error());
                             done(*held, *r);
                           });
}

/// Sets who asks, from where and when.
template<class Request>
void sign_request(exchange& ex, Request& request) {
  request.address = ex.in.address;
  request.at = now_ms(ex);
}

/// `{user,tokens}`, whichever way somebody has come in.
inline void answer_login(exchange& ex, const logged_in& done, int status) {
  std::string data = R"({"user":)";
  append_user(data, done.who);
  append_key(data, "tokens");
  append_tokens(data, done.tokens);
  answer_data(ex, data += '}', status);
}

/// Who acts as an operator: the admin's user id, or the key, which bears no person's name.
inline std::string operator_of(const exchange& ex) {
  return ex.who.user.empty() ? "admin-key" : ex.who.user;
}

/// Keeps in the audit log that an operator asks for something about money, then goes on with
/// `done(exchange&)`. When that cannot be kept, or takes the request's whole time, nothing is done:
/// STORE_UNAVAILABLE. `kind`: the
/// command's name; whether it was carried out is in the account's journal.
template<class Done>
void record_act(exchange& ex, std::string kind, std::string subject, std::string detail,
                Done done) {
  put_audit record{{now_ms(ex), std::move(kind), operator_of(ex), std::move(subject),
                    std::string{ex.in.address}, std::move(detail)}};
  ask_money<bool>(ex, ex.with->gate.users, std::move(record),
                  [done = std::move(done)](exchange& held, bool) mutable { done(held); });
}

} // namespace troupe
