#include "http/user_keys.hpp"

#include "http/address_limit.hpp"
#include "http/codec_user.hpp"
#include "messages/user_types.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

// As the user with the user's plan, whose admin's role a key never has.
admission judged(const key_owner& owner, const route& r, utc_ms now) {
  admission out;
  out.granted = r.key_scope == "*"
      || std::find(owner.scopes.begin(), owner.scopes.end(), r.key_scope) != owner.scopes.end();
  out.wants_scope = !out.granted;
  if (out.wants_scope) out.refusal = errc::forbidden;
  out.who = identity{owner.user, "", user_role::user, owner.plan, now + key_identity_ms};
  return out;
}

// `refused`: what a wrong key is answered.
void ask_for_owner(const std::shared_ptr<exchange>& held, const route& r, const std::string& key,
                   const admission& refused, std::function<void(admission)> done) {
  auto& keys = held->with->gate.keys;
  held->with->port.request<key_owner>(
      held->with->gate.users, actor_timeout,
      check_api_key{{key}, std::string{held->in.address}, held->wall_ms()},
      [held, &r, key, refused, asked_in = keys->generation(),
       done = std::move(done)](caf::expected<key_owner> owner) {
        if (owner) {
          held->with->gate.keys->put(key, *owner, held->wall_ms(), asked_in);
          return done(judged(*owner, r, held->wall_ms()));
        }
        if (owner.error() == user_errc::bad_credentials) return done(refused);
        fail_user(*held, owner.error());
      });
}

} // namespace

void admit_by_key(exchange& ex, const route& r, key_guard& guard,
                  std::function<void(admission)> done) {
  const std::string key{ex.in.get("X-API-Key")};
  if (const auto owner = ex.with->gate.keys->find(key, ex.wall_ms()))
    return done(judged(*owner, r, ex.wall_ms()));
  const auto here = guard.take(ex.in.address, ex.wall_ms() / second_ms);
  count_together(ex, here, [held = ex.share(), &r, key, done = std::move(done)](allowance left) {
    admission refused;
    refused.counted = refused.wants_token = true;
    refused.refusal = errc::unauthorized;
    recount(refused, left);
    if (!left.ok) return done(refused);
    ask_for_owner(held, r, key, refused, done);
  });
}

} // namespace troupe
