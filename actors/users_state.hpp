// The users' actor from the inside, shared by users.cpp, users_login.cpp, users_access.cpp and
// included by nobody else.
#pragma once
#include "actors/users.hpp"
#include "models/credentials.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <memory>
#include <unordered_map>
#include <utility>

namespace troupe {

struct users_state {
  static inline const char* name = "users";

  users_options options;
  std::size_t hashing = 0, next_hasher = 0;
  std::unordered_map<std::string, std::int64_t> key_days; // by key id: the last day it was logged
};

using users_pointer = users_actor::stateful_pointer<users_state>;

template<class T>
using answer_to = caf::typed_response_promise<T>;

/// Of the store, and of a hasher with a full queue before it.
inline constexpr std::chrono::seconds users_timeout{10};

/// The seconds to wait, in an error.
caf::error too_many_tries(utc_ms wait);

/// Ours as they are; of a time-out or a store that is gone: nobody knows.
caf::error users_failure(const caf::error& e);

/// `words` say what is wrong with the field.
caf::error bad_user_field(const std::string& field, const std::string& words);

/// Tells those who are connected as that user, once it is kept.
template<class News>
void tell_sessions(users_pointer self, News news) {
  if (const auto& whom = self->state.options.sessions) self->send(whom, std::move(news));
}

/// Asks the store; `done` has its answer, the promise any failure.
template<class Answer, class T, class Question, class Done>
void ask_users_store(users_pointer self, answer_to<T> promise, Question question, Done done) {
  self->request(self->state.options.store, users_timeout, std::move(question))
      .then([=](Answer& answer) mutable { done(answer); },
            [=](const caf::error& e) mutable { promise.deliver(users_failure(e)); });
}

/// `done` is called when it may be tried; else the promise is told how long to wait.
template<class T, class Done>
void when_may_try(users_pointer self, answer_to<T> promise, take_try what, Done done) {
  self->request(self->state.options.tries, users_timeout, std::move(what))
      .then(
          [=](utc_ms wait) mutable {
            if (wait > 0) return void(promise.deliver(too_many_tries(wait)));
            done();
          },
          [=](const caf::error& e) mutable { promise.deliver(users_failure(e)); });
}

/// Has a password hashed or checked; errc::busy when too many wait.
template<class Answer, class T, class Question, class Done>
void ask_hasher(users_pointer self, answer_to<T> promise, Question question, Done done) {
  auto& s = self->state;
  const auto full = [] {
    return caf::make_error(errc::busy, "too many passwords are being checked");
  };
  // Asked again here: others may have come while this one waited for the store.
  if (s.hashing >= s.options.max_hashing) return void(promise.deliver(full()));
  ++s.hashing;
  const auto& whom = s.options.hashers[s.next_hasher++ % s.options.hashers.size()];
  self->request(whom, users_timeout, std::move(question))
      .then(
          [=](Answer& answer) mutable {
            --self->state.hashing;
            done(answer);
          },
          [=](const caf::error&) mutable {
            --self->state.hashing;
            promise.deliver(full());
          });
}

/// Asks for the user of that id; not_found when there is none.
template<class T, class Done>
void with_user(users_pointer self, answer_to<T> promise, const user_id& id, Done done) {
  ask_users_store<std::vector<user>>(
      self, promise, find_user{id, ""}, [=](std::vector<user>& found) mutable {
        if (found.empty())
          promise.deliver(caf::make_error(errc::not_found, "no such user"));
        else
          done(found.front());
      });
}

/// A login under way, whoever vouches: a password or a provider.
struct attempt {
  users_pointer self;
  answer_to<logged_in> promise;
  std::string email; // normalised; what is tried for it is limited
  secret_text totp;
  std::string address;
  utc_ms at = 0;
  std::string kind = "login"; // of the row in the log
  user who;                   // without id: there is none of that e-mail
};
using attempt_ptr = std::shared_ptr<attempt>;

/// The first factor was right: asks for the second where it is on, then opens a session.
void finish_login(const attempt_ptr& a);

/// Leaves the user's plan for other nodes and services, unless it is there.
void share_plan(users_pointer self, const user& who);

answer_to<logged_in> answer_register(users_pointer self, const register_user& request);
answer_to<logged_in> answer_login(users_pointer self, const log_in& request);
answer_to<token_pair> answer_refresh(users_pointer self, const refresh_session& request);
answer_to<logged_in> answer_sign_in(users_pointer self, const sign_in& request);
answer_to<bool> answer_link(users_pointer self, const link_provider& request);
answer_to<bool> answer_change_password(users_pointer self, const change_password& request);
answer_to<key_owner> answer_check_key(users_pointer self, const check_api_key& request);

} // namespace troupe
