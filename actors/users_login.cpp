// Registration, login and refresh: the ways to a pair of tokens.
#include "actors/users_state.hpp"

#include <memory>

namespace troupe {

namespace {

token_pair tokens_of(const users_options& o, const user& who, const std::string& session,
                     const std::string& refresh_id, utc_ms at) {
  token_claims claims{who.id,   session, o.tools.random_id(), who.role,
                      who.plan, at,      at + o.access_ms};
  token_pair out;
  out.access.text = o.tools.sign_access(claims);
  out.expires_in_s = o.access_ms / second_ms;
  claims.id = refresh_id;
  claims.expires_at = at + o.refresh_ms;
  out.refresh.text = o.tools.sign_refresh(claims);
  return out;
}

void open_session(users_pointer self, answer_to<logged_in> promise, const user& who,
                  const std::string& kind, const std::string& address, utc_ms at) {
  const auto& o = self->state.options;
  const refresh_family family{o.tools.random_id(), who.id, o.tools.random_id(), at,
                              at + o.refresh_ms,   false};
  audit_entry act{at, kind, who.id, who.id, address, family.id};
  ask_users_store<bool>(self, promise, open_family{family, act}, [=](bool) mutable {
    share_plan(self, who);
    promise.deliver(
        logged_in{view_of(who), tokens_of(self->state.options, who, family.id, family.token, at)});
  });
}

// One answer, and the same steps before it, whoever does not exist and whatever was wrong.
void fail_login(const attempt_ptr& a, const char* why) {
  const auto& known = a->who.id;
  audit_entry act{a->at, "login_failed", known, known.empty() ? a->email : known, a->address, why};
  ask_users_store<bool>(a->self, a->promise, put_audit{act}, [a](bool) {
    a->promise.deliver(caf::make_error(user_errc::bad_credentials, "e-mail or password is wrong"));
  });
}

void check_code(const attempt_ptr& a) {
  const auto& code = a->totp.text;
  if (code.empty())
    return void(a->promise.deliver(
        caf::make_error(user_errc::totp_required, "a code of the second factor is needed")));
  const auto step = valid_totp_code(code)
      ? a->self->state.options.tools.totp_step_of(a->who.totp_secret.text, code, a->at)
      : 0;
  if (step == 0) return fail_login(a, "code");
  ask_users_store<bool>(a->self, a->promise, use_totp_step{a->who.id, step}, [a](bool fresh) {
    if (!fresh) return fail_login(a, "code used before");
    open_session(a->self, a->promise, a->who, a->kind, a->address, a->at);
  });
}

void check_password_of(const attempt_ptr& a, const secret_text& password) {
  const bool known = !a->who.id.empty() && !a->who.password_hash.text.empty();
  const auto& hash = known ? a->who.password_hash : a->self->state.options.dummy_hash;
  ask_hasher<bool>(a->self, a->promise, check_password{password, hash}, [a, known](bool right) {
    if (!known || !right) return fail_login(a, known ? "password" : "no such user");
    finish_login(a);
  });
}

void keep_new(users_pointer self, answer_to<logged_in> promise, user fresh,
              const secret_text& password, const std::string& address) {
  ask_hasher<secret_text>(self, promise, hash_password{password}, [=](secret_text& hash) mutable {
    fresh.password_hash = hash;
    audit_entry act{fresh.created_at, "registered", fresh.id, fresh.id, address, ""};
    ask_users_store<user>(self, promise, put_user{fresh, 0, act}, [=](const user& kept) {
      open_session(self, promise, kept, "login", address, kept.created_at);
    });
  });
}

// What is wrong with a registration; fills in the e-mail's one form.
caf::error judge(const register_user& request, std::string& email) {
  const auto normalised = normalised_email(request.email);
  if (!normalised) return bad_user_field("email", "is no e-mail address");
  email = *normalised;
  if (auto why = why_bad_password(request.password.text, email); !why.empty())
    return bad_user_field("password", why);
  const char* words = "must be 1 to 100 bytes of text";
  if (!valid_person_name(request.first_name)) return bad_user_field("firstName", words);
  if (!valid_person_name(request.last_name)) return bad_user_field("lastName", words);
  return {};
}

} // namespace

caf::error too_many_tries(utc_ms wait) {
  return caf::make_error(user_errc::too_many_logins,
                         std::to_string((wait + second_ms - 1) / second_ms));
}

void finish_login(const attempt_ptr& a) {
  if (a->who.totp_on) return check_code(a);
  open_session(a->self, a->promise, a->who, a->kind, a->address, a->at);
}

answer_to<logged_in> answer_register(users_pointer self, const register_user& request) {
  auto promise = self->make_response_promise<logged_in>();
  auto& s = self->state;
  user fresh;
  if (auto wrong = judge(request, fresh.email)) {
    promise.deliver(std::move(wrong));
    return promise;
  }
  if (s.hashing >= s.options.max_hashing) {
    promise.deliver(caf::make_error(errc::busy, "too many passwords are being checked"));
    return promise;
  }
  fresh.id = "usr_" + s.options.tools.random_id();
  fresh.first_name = request.first_name;
  fresh.last_name = request.last_name;
  fresh.created_at = request.at;
  when_may_try(self, promise, take_try{request.address, "", request.at},
               [=, address = request.address, password = request.password] {
                 keep_new(self, promise, fresh, password, address);
               });
  return promise;
}

answer_to<logged_in> answer_login(users_pointer self, const log_in& request) {
  auto promise = self->make_response_promise<logged_in>();
  auto& s = self->state;
  const auto email = normalised_email(request.email);
  if (!email) {
    promise.deliver(bad_user_field("email", "is no e-mail address"));
    return promise;
  }
  if (request.password.text.size() > max_password_bytes) {
    promise.deliver(bad_user_field("password", "must have at most 256 bytes"));
    return promise;
  }
  if (s.hashing >= s.options.max_hashing) {
    promise.deliver(caf::make_error(errc::busy, "too many passwords are being checked"));
    return promise;
  }
  const auto a = std::make_shared<attempt>(
      attempt{self, promise, *email, request.totp, request.address, request.at, "login", {}});
  when_may_try(self, promise, take_try{a->address, a->email, a->at},
               [a, password = request.password] {
                 ask_users_store<std::vector<user>>(a->self, a->promise, find_user{"", a->email},
                                                    [a, password](std::vector<user>& found) {
                                                      if (!found.empty())
                                                        a->who = std::move(found.front());
                                                      check_password_of(a, password);
                                                    });
               });
  return promise;
}

answer_to<token_pair> answer_refresh(users_pointer self, const refresh_session& request) {
  auto promise = self->make_response_promise<token_pair>();
  const auto dead = [] {
    return caf::make_error(user_errc::bad_credentials, "the refresh token is not valid");
  };
  const auto& o = self->state.options;
  const auto claims = o.tools.read_refresh(request.token.text, request.at);
  if (!claims) {
    promise.deliver(dead());
    return promise;
  }
  const auto next = o.tools.random_id();
  const rotate_family spend{claims->session,           claims->id,     next, request.at,
                            request.at + o.refresh_ms, request.address};
  ask_users_store<rotation>(self, promise, spend, [=](const rotation& r) mutable {
    if (r.outcome == rotation_outcome::reused && self->state.options.log)
      self->state.options.log(log_level::warn,
                              "a spent refresh token of " + r.user + " came again: session ended");
    if (r.outcome == rotation_outcome::reused)
      tell_sessions(self, end_sessions{r.user, spend.family, "the session has ended"});
    if (r.outcome != rotation_outcome::rotated) return void(promise.deliver(dead()));
    // Role and plan as they are now.
    with_user(self, promise, r.user, [=](const user& who) mutable {
      share_plan(self, who);
      promise.deliver(tokens_of(self->state.options, who, spend.family, next, spend.at));
    });
  });
  return promise;
}

} // namespace troupe
