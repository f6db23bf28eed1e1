#include "http/user_keys.hpp"

#include "http/codec_user.hpp"
#include "messages/user_types.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

std::int64_t seconds_of(std::chrono::steady_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

// As the user with the user's plan, whose admin's role a key never has.
admission judged(const key_owner& owner, const route& r, utc_ms now) {
  admission out;
  out.granted = r.key_scope == "*"
      || std::find(owner.scopes.begin(), owner.scopes.end(), r.key_scope) != owner.scopes.end();
  out.wants_scope = !out.granted;
  if (out.wants_scope) out.refusal = errc::forbidden;
  out.who = identity{owner.who.id, "", user_role::user, owner.who.plan, now + key_identity_ms};
  return out;
}

} // namespace

void admit_by_key(exchange& ex, const route& r, key_guard& guard,
                  std::function<void(admission)> done) {
  const std::string key{ex.in.get("X-API-Key")};
  auto& keys = ex.with->gate.keys;
  if (const auto owner = keys->find(key, ex.wall_ms()))
    return done(judged(*owner, r, ex.wall_ms()));
  admission refused;
  refused.counted = refused.wants_token = true;
  refused.left = guard.take(ex.in.address, seconds_of(ex.since));
  refused.refusal = refused.left.ok ? errc::unauthorized : errc::rate_limited;
  if (!refused.left.ok) return done(refused);
  ex.with->port.request<key_owner>(
      ex.with->gate.users, actor_timeout,
      check_api_key{{key}, std::string{ex.in.address}, ex.wall_ms()},
      [held = ex.share(), &r, key, refused, asked_in = keys->generation(),
       done = std::move(done)](caf::expected<key_owner> owner) {
        if (owner) {
          held->with->gate.keys->put(key, *owner, held->wall_ms(), asked_in);
          return done(judged(*owner, r, held->wall_ms()));
        }
        if (owner.error() == user_errc::bad_credentials) return done(refused);
        fail_user(*held, owner.error());
      });
}

} // namespace troupe
