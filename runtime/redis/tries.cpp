#include "runtime/redis/tries.hpp"

#include "runtime/redis/script.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <string>
#include <utility>

namespace troupe {

namespace {

// For each name the times of its newest tries, as many as the limit. Answers how long to wait.
const redis_script& script() {
  static const redis_script one{R"(local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = 0
for _, key in ipairs(KEYS) do
  local first = tonumber(redis.call('LINDEX', key, -limit) or '-1')
  if first >= 0 and first <= now then wait = math.max(wait, first + window - now) end
end
if wait > 0 then return wait end
for _, key in ipairs(KEYS) do
  redis.call('RPUSH', key, now)
  redis.call('LTRIM', key, -limit, -1)
  redis.call('PEXPIRE', key, window)
end
return 0
)"};
  return one;
}

struct redis_tries_state {
  try_counts counts; // what this node let pass
  std::size_t per_minute = 0;
  log_sink log;
  bool told = false; // that Redis does not count
  static inline const char* name = "redis_tries";
};
using self_ptr = tries_actor::stateful_pointer<redis_tries_state>;
using answer_to_try = caf::typed_response_promise<utc_ms>;

redis_words words_of(const take_try& one, std::size_t per_minute, bool by_hash) {
  auto out = script().call(by_hash);
  out.push_back("");
  const auto keys_at = out.size();
  if (!one.address.empty()) out.push_back("troupe:tries:address:" + one.address);
  if (!one.whom.empty()) out.push_back("troupe:tries:whom:" + one.whom);
  out[keys_at - 1] = std::to_string(out.size() - keys_at);
  out.push_back(std::to_string(per_minute));
  out.push_back(std::to_string(minute_ms));
  return out;
}

// That Redis is away is its client's to tell.
void tell(redis_tries_state& s, const redis_value& answer) {
  if (std::exchange(s.told, true) || !s.log) return;
  s.log(log_level::warn,
        "redis does not count tries: " + answer.text
            + "; they are counted in this process until it does");
}

void ask(self_ptr self, const redis_actor& redis, const take_try& one, answer_to_try reply,
         bool by_hash) {
  // Without a time of its own: the client answers always.
  self->request(redis, caf::infinite, redis_command{words_of(one, self->state.per_minute, by_hash)})
      .then(
          [=](const redis_value& answer) mutable {
            auto& s = self->state;
            if (by_hash && script_unknown(answer)) return ask(self, redis, one, reply, false);
            if (answer.is != redis_value::kind::integer || answer.number < 0) {
              tell(s, answer);
              return void(reply.deliver(s.counts.take(one)));
            }
            s.told = false;
            if (answer.number == 0) s.counts.learn(one);
            reply.deliver(answer.number);
          },
          [=](const caf::error&) mutable { reply.deliver(self->state.counts.take(one)); });
}

tries_actor::behavior_type redis_tries(self_ptr self, redis_actor redis, log_sink log,
                                       std::size_t per_minute) {
  self->state.counts = try_counts{per_minute};
  self->state.per_minute = per_minute;
  self->state.log = std::move(log);
  return {[=](const take_try& one) -> caf::result<utc_ms> {
    if (one.address.empty() && one.whom.empty()) return 0;
    if (const auto wait = self->state.counts.wait_ms(one); wait > 0) return wait;
    auto reply = self->make_response_promise<utc_ms>();
    ask(self, redis, one, reply, true);
    return reply;
  }};
}

} // namespace

tries_actor spawn_redis_tries(caf::actor_system& system, redis_actor redis, log_sink log,
                              std::size_t per_minute) {
  return system.spawn(redis_tries, std::move(redis), std::move(log), per_minute);
}

} // namespace troupe
