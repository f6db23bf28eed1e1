// The ways in that need no password at the time: accounts at providers, keys for programs; and the
// change of a password.
#include "actors/users_state.hpp"

namespace troupe {

namespace {

// Where plans are kept for all nodes: past it the store is asked.
constexpr std::chrono::seconds cache_timeout{2};

constexpr std::size_t max_key_days = 1u << 16;

std::string kept_name(const std::string& name) { return valid_person_name(name) ? name : ""; }

// The code of a second factor is guessed as well here as at a login: they share their limit.
void enter(const attempt_ptr& a, const user& who) {
  a->who = who;
  a->email = who.email;
  if (!who.totp_on || a->totp.text.empty()) return finish_login(a);
  when_may_try(a->self, a->promise, take_try{"", who.email, a->at}, [a] { finish_login(a); });
}

// Asks the store for who has the account; `none` is called when nobody has.
template<class None>
void enter_linked(const attempt_ptr& a, const provider_subject& account, None none) {
  ask_users_store<std::vector<user>>(a->self, a->promise, find_user{"", "", account},
                                     [=](std::vector<user>& found) mutable {
                                       if (found.empty()) return none();
                                       enter(a, found.front());
                                     });
}

caf::error somebody_elses() {
  return caf::make_error(user_errc::email_taken, "there is a user of that e-mail address");
}

// Another request of the same person may have been faster: then its user is ours too.
void enter_new(const attempt_ptr& a, const user& fresh, const provider_subject& account) {
  auto self = a->self;
  const audit_entry act{a->at, "registered", fresh.id, fresh.id, a->address, account.provider};
  self->request(self->state.options.store, users_timeout, put_user{fresh, 0, act, account})
      .then([=](const user& kept) { enter(a, kept); },
            [=](const caf::error& e) {
              if (e.category() != caf::atom("users"))
                return void(a->promise.deliver(users_failure(e)));
              enter_linked(a, account, [=] { a->promise.deliver(somebody_elses()); });
            });
}

void keep_password(users_pointer self, answer_to<bool> promise, const change_password& request,
                   user who) {
  ask_hasher<secret_text>(self, promise, hash_password{request.fresh}, [=](secret_text& hash) {
    put_user change{who, who.version, {}};
    change.what.password_hash = hash;
    change.act = {request.at, "password_changed", who.id, who.id, request.address, ""};
    change.end_sessions = true;
    change.but_session = request.session;
    ask_users_store<user>(self, promise, change,
                          [=](const user&) mutable { promise.deliver(true); });
  });
}

void check_change(users_pointer self, answer_to<bool> promise, const change_password& request) {
  with_user(self, promise, request.user, [=](user& who) mutable {
    if (const auto why = why_bad_password(request.fresh.text, who.email); !why.empty())
      return void(promise.deliver(bad_user_field("new", why)));
    const bool has_one = !who.password_hash.text.empty();
    const auto& hash = has_one ? who.password_hash : self->state.options.dummy_hash;
    ask_hasher<bool>(self, promise, check_password{request.current, hash}, [=](bool right) mutable {
      if (has_one && right) return keep_password(self, promise, request, who);
      audit_entry act{request.at, "password_refused", who.id, who.id, request.address, ""};
      ask_users_store<bool>(self, promise, put_audit{act}, [=](bool) mutable {
        promise.deliver(
            caf::make_error(user_errc::bad_credentials, "the current password is wrong"));
      });
    });
  });
}

void note_use(users_pointer self, const api_key& key, const check_api_key& request) {
  auto& days = self->state.key_days;
  const auto day = request.at / day_ms;
  if (const auto i = days.find(key.id); i != days.end() && i->second == day) return;
  if (days.size() >= max_key_days) days.clear();
  days[key.id] = day;
  audit_entry act{request.at, "key_used", key.user, key.user, request.address, key.id};
  self->request(self->state.options.store, users_timeout, put_audit{act})
      .then([](bool) {},
            [=](const caf::error&) {
              if (self->state.options.log)
                self->state.options.log(log_level::warn, "the use of a key could not be logged");
            });
}

// Out of the cache that nodes share, else the store's, which is left there for the next.
template<class Done>
void with_plan(users_pointer self, answer_to<key_owner> promise, const user_id& who, Done done) {
  const auto look_up = [=] {
    with_user(self, promise, who, [=](const user& found) mutable {
      share_plan(self, found);
      done(found.plan);
    });
  };
  const auto& cache = self->state.options.cache;
  if (!cache) return look_up();
  self->request(cache, cache_timeout, get_cached{plan_key(who)})
      .then(
          [=](const std::string& text) mutable {
            if (const auto plan = parse_user_plan(text)) return done(*plan);
            look_up();
          },
          [=](const caf::error&) { look_up(); });
}

} // namespace

answer_to<logged_in> answer_sign_in(users_pointer self, const sign_in& request) {
  auto promise = self->make_response_promise<logged_in>();
  const auto& account = request.who.account;
  const auto a = std::make_shared<attempt>(attempt{self,
                                                   promise,
                                                   "",
                                                   request.totp,
                                                   request.address,
                                                   request.at,
                                                   "login_" + account.provider,
                                                   {}});
  const auto make = [=, who = request.who] {
    const auto email = normalised_email(who.email);
    if (!email || !who.email_verified)
      return void(a->promise.deliver(
          caf::make_error(errc::forbidden,
                          who.account.provider + " gives no e-mail address that it has verified")));
    user fresh;
    fresh.id = "usr_" + a->self->state.options.tools.random_id();
    fresh.email = *email;
    fresh.first_name = kept_name(who.first_name);
    fresh.last_name = kept_name(who.last_name);
    fresh.created_at = a->at;
    enter_new(a, fresh, who.account);
  };
  enter_linked(a, account, make);
  return promise;
}

answer_to<bool> answer_link(users_pointer self, const link_provider& request) {
  auto promise = self->make_response_promise<bool>();
  with_user(self, promise, request.user, [=](user& who) mutable {
    audit_entry act{request.at, "provider_linked", who.id,
                    who.id,     request.address,   request.account.provider};
    ask_users_store<user>(self, promise, put_user{who, who.version, act, request.account},
                          [=](const user&) mutable { promise.deliver(true); });
  });
  return promise;
}

answer_to<bool> answer_change_password(users_pointer self, const change_password& request) {
  auto promise = self->make_response_promise<bool>();
  if (request.current.text.size() > max_password_bytes) {
    promise.deliver(bad_user_field("current", "must have at most 256 bytes"));
    return promise;
  }
  // Whoever tries a stolen token's owner's passwords has as few tries as at the door.
  when_may_try(self, promise, take_try{"", request.user, request.at},
               [=] { check_change(self, promise, request); });
  return promise;
}

answer_to<key_owner> answer_check_key(users_pointer self, const check_api_key& request) {
  auto promise = self->make_response_promise<key_owner>();
  const auto hash = self->state.options.tools.hash_key(request.key.text);
  ask_users_store<std::vector<api_key>>(
      self, promise, get_api_keys{"", hash}, [=](std::vector<api_key>& found) mutable {
        if (found.empty() || found.front().revoked_at != 0)
          return void(
              promise.deliver(caf::make_error(user_errc::bad_credentials, "the key is not valid")));
        const auto key = found.front();
        with_plan(self, promise, key.user, [=](user_plan plan) mutable {
          note_use(self, key, request);
          promise.deliver(key_owner{key.user, plan, key.id, key.scopes});
        });
      });
  return promise;
}

} // namespace troupe
