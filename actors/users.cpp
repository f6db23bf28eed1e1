#include "actors/users.hpp"

#include "actors/tries.hpp"
#include "actors/users_state.hpp"

namespace troupe {

caf::error users_failure(const caf::error& e) {
  if (e.category() == caf::atom("troupe") || e.category() == caf::atom("users")) return e;
  return caf::make_error(errc::store_unavailable, "users: no answer of the store");
}

namespace {

void put_plan(users_pointer self, const user& who, bool unless_there) {
  if (const auto& cache = self->state.options.cache)
    self->send(cache,
               put_cached{plan_key(who.id), std::string{to_string(who.plan)}, plan_lifetime_ms,
                          unless_there});
}

} // namespace

// Who has read a user must not undo what an operator has changed meanwhile.
void share_plan(users_pointer self, const user& who) { put_plan(self, who, true); }

caf::error bad_user_field(const std::string& field, const std::string& words) {
  return caf::make_error(errc::validation_error, field + ": " + words);
}

namespace {

answer_to<totp_setup> answer_setup(users_pointer self, const set_up_totp& request) {
  auto promise = self->make_response_promise<totp_setup>();
  with_user(self, promise, request.user, [=](user& who) mutable {
    if (who.totp_on)
      return void(promise.deliver(
          caf::make_error(errc::forbidden, "the second factor is on; only an operator resets it")));
    const auto made = self->state.options.tools.make_totp(who.email);
    who.totp_secret = made.secret;
    audit_entry act{request.at, "totp_set_up", who.id, who.id, request.address, ""};
    ask_users_store<user>(self, promise, put_user{who, who.version, act},
                          [=](const user&) mutable { promise.deliver(made); });
  });
  return promise;
}

// The code that proves the secret is spent like any other.
void check_proof(users_pointer self, answer_to<bool> promise, const confirm_totp& request) {
  const auto wrong = [] {
    return caf::make_error(user_errc::bad_credentials, "the code is wrong or was used");
  };
  with_user(self, promise, request.user, [=](user& who) mutable {
    const auto& code = request.code.text;
    const auto step = who.totp_secret.text.empty() || !valid_totp_code(code)
        ? 0
        : self->state.options.tools.totp_step_of(who.totp_secret.text, code, request.at);
    if (step == 0) return void(promise.deliver(wrong()));
    ask_users_store<bool>(self, promise, use_totp_step{who.id, step}, [=](bool fresh) mutable {
      if (!fresh) return void(promise.deliver(wrong()));
      if (who.totp_on) return void(promise.deliver(true));
      who.totp_on = true;
      audit_entry act{request.at, "totp_on", who.id, who.id, request.address, ""};
      ask_users_store<user>(self, promise, put_user{who, who.version, act},
                            [=](const user&) mutable { promise.deliver(true); });
    });
  });
}

answer_to<bool> answer_confirm(users_pointer self, const confirm_totp& request) {
  auto promise = self->make_response_promise<bool>();
  // A million codes are few: guesses are limited like logins, by the user they are for.
  when_may_try(self, promise, take_try{"", request.user, request.at},
               [=] { check_proof(self, promise, request); });
  return promise;
}

answer_to<issued_key> answer_issue(users_pointer self, const issue_api_key& request) {
  auto promise = self->make_response_promise<issued_key>();
  const auto refuse = [&](const char* field, const char* words) {
    promise.deliver(bad_user_field(field, words));
    return promise;
  };
  if (!valid_person_name(request.name)) return refuse("name", "must be 1 to 100 bytes of text");
  if (!valid_scopes(request.scopes))
    return refuse("scopes", "must be some of signals, predictions, market, trading, money");
  const auto& tools = self->state.options.tools;
  const secret_text key{"trp_" + tools.random_key()};
  const api_key made{"key_" + tools.random_id(),
                     request.user,
                     request.name,
                     tools.hash_key(key.text),
                     request.scopes,
                     request.at,
                     0};
  audit_entry act{request.at, "key_issued", request.user, request.user, request.address, made.id};
  ask_users_store<bool>(self, promise, put_api_key{made, act}, [=](bool kept) mutable {
    if (!kept)
      return void(promise.deliver(
          caf::make_error(errc::forbidden, "there are 20 keys already; revoke one first")));
    issued_key out{made, key};
    out.what.hash.clear();
    promise.deliver(std::move(out));
  });
  return promise;
}

// What an operator changed, for the log; empty when nothing.
std::string changes_of(const change_user& request, const user& who) {
  std::string out;
  const auto say = [&](const char* what, std::string_view from, std::string_view to) {
    out += (out.empty() ? "" : ", ") + std::string{what} + ' ' + std::string{from} + " -> "
        + std::string{to};
  };
  if (request.role && *request.role != who.role)
    say("role", to_string(who.role), to_string(*request.role));
  if (request.plan && *request.plan != who.plan)
    say("plan", to_string(who.plan), to_string(*request.plan));
  if (request.kyc && *request.kyc != who.kyc)
    say("kyc", to_string(who.kyc), to_string(*request.kyc));
  return out;
}

answer_to<user_view> answer_change(users_pointer self, const change_user& request) {
  auto promise = self->make_response_promise<user_view>();
  find_user question{request.user, ""};
  if (request.user.empty()) question.email = normalised_email(request.email).value_or("");
  if (question.id.empty() && question.email.empty()) {
    promise.deliver(caf::make_error(errc::not_found, "no such user"));
    return promise;
  }
  ask_users_store<std::vector<user>>(
      self, promise, question, [=](std::vector<user>& found) mutable {
        if (found.empty())
          return void(promise.deliver(caf::make_error(errc::not_found, "no such user")));
        auto who = found.front();
        const auto changes = changes_of(request, who);
        if (changes.empty()) {
          put_plan(self, who, false); // in case that the cache has missed an earlier change
          return void(promise.deliver(view_of(who)));
        }
        who.role = request.role.value_or(who.role);
        who.plan = request.plan.value_or(who.plan);
        who.kyc = request.kyc.value_or(who.kyc);
        audit_entry act{request.at, "user_changed", request.by, who.id, request.address, changes};
        ask_users_store<user>(self, promise, put_user{who, who.version, act},
                              [=](const user& kept) mutable {
                                tell_sessions(self, user_changed{kept.id, kept.role, kept.plan});
                                put_plan(self, kept, false);
                                promise.deliver(view_of(kept));
                              });
      });
  return promise;
}

// Passed on to the store as it is.
template<class Answer, class Question>
auto passed_on(users_pointer self) {
  return [self](const Question& question) {
    auto promise = self->make_response_promise<Answer>();
    ask_users_store<Answer>(self, promise, question, [promise](Answer& answer) mutable {
      promise.deliver(std::move(answer));
    });
    return promise;
  };
}

users_actor::behavior_type users(users_pointer self, const users_options& options) {
  self->state.options = options;
  return {
      [=](const register_user& x) { return answer_register(self, x); },
      [=](const log_in& x) { return answer_login(self, x); },
      [=](const sign_in& x) { return answer_sign_in(self, x); },
      [=](const link_provider& x) { return answer_link(self, x); },
      [=](const change_password& x) { return answer_change_password(self, x); },
      [=](const check_api_key& x) { return answer_check_key(self, x); },
      [=](const refresh_session& x) { return answer_refresh(self, x); },
      [=](const log_out& x) {
        auto promise = self->make_response_promise<bool>();
        audit_entry act{x.at, "logout", x.user, x.user, x.address, x.family};
        ask_users_store<bool>(self, promise, revoke_family{x.family, act}, [=](bool open) mutable {
          tell_sessions(self, end_sessions{x.user, x.family, "logged out"});
          promise.deliver(open);
        });
        return promise;
      },
      [=](const get_profile& x) {
        auto promise = self->make_response_promise<user_view>();
        with_user(self, promise, x.user,
                  [promise](const user& who) mutable { promise.deliver(view_of(who)); });
        return promise;
      },
      [=](const set_up_totp& x) { return answer_setup(self, x); },
      [=](const confirm_totp& x) { return answer_confirm(self, x); },
      [=](const issue_api_key& x) { return answer_issue(self, x); },
      passed_on<bool, revoke_api_key>(self),
      passed_on<std::vector<api_key>, get_api_keys>(self),
      [=](const change_user& x) { return answer_change(self, x); },
      passed_on<std::vector<user>, get_users>(self),
      passed_on<bool, put_audit>(self),
      passed_on<std::vector<audit_row>, get_audit>(self),
  };
}

} // namespace

users_actor spawn_users(caf::actor_system& system, users_options options) {
  if (!options.tries) options.tries = spawn_tries(system);
  return system.spawn(users, std::move(options));
}

} // namespace troupe
