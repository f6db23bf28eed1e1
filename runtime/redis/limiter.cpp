#include "runtime/redis/limiter.hpp"

#include "runtime/redis/limit_batch.hpp"
#include "runtime/redis/script.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <utility>
#include <variant>

namespace troupe {

namespace {

// Of questions in one round trip, so that Redis is not held up for others; and of those that wait.
constexpr std::size_t max_batch = 1024, max_waiting = 1u << 15;
struct asked_take {
  take_allowance what;
  caf::typed_response_promise<allowance_left> reply;
  std::size_t place = 0;
};
struct asked_usage {
  get_usage what;
  caf::typed_response_promise<usage_report> reply;
  std::size_t place = 0; // of three in a row
};
using question = std::variant<asked_take, asked_usage, give_back>;

struct redis_limiter_state {
  std::deque<question> waiting;
  std::vector<question> sent; // empty: nothing is on its way
  limit_batch batch;
  plan_limits limits;
  // What Redis said last, and the counts while it is away.
  window_counts counts;
  log_sink log;
  bool told = false; // that Redis does not count
  static inline const char* name = "redis_limiter";
};
using self_ptr = limiter_actor::stateful_pointer<redis_limiter_state>;

void place(limit_batch& batch, asked_take& q) { q.place = batch.take(q.what); }
void place(limit_batch& batch, asked_usage& q) {
  q.place = batch.look(q.what.user, limit_kind::predictions, q.what.at);
  batch.look(q.what.user, limit_kind::signals, q.what.at);
  batch.look(q.what.user, limit_kind::indicators, q.what.at);
}
void place(limit_batch& batch, const give_back& q) { batch.give_back(q); }

// Of takes that share a count the first get what was granted.
void settle(redis_limiter_state& s, asked_take& q, std::vector<limit_batch::outcome>& all) {
  auto& of = all[q.place];
  const bool ok = of.granted > 0;
  const auto used = ok ? of.used - --of.granted : of.used;
  if (!std::exchange(of.known, true))
    s.counts.learn(q.what.user, q.what.kind, q.what.at, static_cast<std::uint32_t>(of.used));
  q.reply.deliver(
      left_of(ok, s.limits.of(q.what.plan, q.what.kind), used, window_of(q.what.kind, q.what.at)));
}
void settle(redis_limiter_state& s, asked_usage& q, std::vector<limit_batch::outcome>& all) {
  const auto use = [&](std::size_t i, limit_kind kind) {
    return use_of(s.limits.of(q.what.plan, kind), all[q.place + i].used);
  };
  q.reply.deliver(usage_report{use(0, limit_kind::predictions), use(1, limit_kind::signals),
                               use(2, limit_kind::indicators),
                               window_of(limit_kind::predictions, q.what.at).end});
}
void settle(redis_limiter_state& s, const give_back& q, std::vector<limit_batch::outcome>&) {
  s.counts.give_back(q);
}

// Without Redis.
void settle_alone(redis_limiter_state& s, asked_take& q) { q.reply.deliver(s.counts.take(q.what)); }
void settle_alone(redis_limiter_state& s, asked_usage& q) {
  q.reply.deliver(s.counts.report(q.what));
}
void settle_alone(redis_limiter_state& s, const give_back& q) { s.counts.give_back(q); }

void send_next(self_ptr self, const redis_actor& redis);

// That Redis is away is its client's to tell.
void tell(redis_limiter_state& s, const redis_value& answer, bool counted) {
  if (counted) s.told = false;
  if (counted || std::exchange(s.told, true) || !s.log) return;
  s.log(log_level::warn,
        "redis does not count: " + answer.text
            + "; limits are counted in this process until it does");
}

void finish(self_ptr self, const redis_actor& redis, const redis_value* answer) {
  auto& s = self->state;
  auto outcomes = answer ? s.batch.read(*answer) : std::vector<limit_batch::outcome>{};
  if (answer) tell(s, *answer, !outcomes.empty());
  for (auto& q : s.sent)
    std::visit([&](auto& x) { outcomes.empty() ? settle_alone(s, x) : settle(s, x, outcomes); }, q);
  s.sent.clear();
  send_next(self, redis);
}

void ask(self_ptr self, const redis_actor& redis, bool by_hash) {
  // Without a time of its own: the client answers always, and waking CAF's clock for every round
  // trip costs more than the trip.
  self->request(redis, caf::infinite, redis_command{self->state.batch.words(by_hash)})
      .then(
          [=](const redis_value& answer) {
            if (by_hash && script_unknown(answer)) return ask(self, redis, false);
            finish(self, redis, &answer);
          },
          [=](const caf::error&) { finish(self, redis, nullptr); });
}

void send_next(self_ptr self, const redis_actor& redis) {
  auto& s = self->state;
  if (!s.sent.empty() || s.waiting.empty()) return;
  s.batch = limit_batch{s.limits};
  while (!s.waiting.empty() && s.sent.size() < max_batch) {
    s.sent.push_back(std::move(s.waiting.front()));
    s.waiting.pop_front();
    std::visit([&](auto& q) { place(s.batch, q); }, s.sent.back());
  }
  ask(self, redis, true);
}

limiter_actor::behavior_type redis_limiter(self_ptr self, redis_actor redis, plan_limits limits,
                                           log_sink log) {
  self->state.log = std::move(log);
  self->state.limits = limits;
  self->state.counts = window_counts{limits};
  const auto enter = [=](question q) {
    self->state.waiting.push_back(std::move(q));
    send_next(self, redis);
  };
  const auto full = [=] { return self->state.waiting.size() >= max_waiting; };
  return {
      [=](const take_allowance& request) -> caf::result<allowance_left> {
        if (self->state.limits.of(request.plan, request.kind) == unlimited)
          return self->state.counts.take(request);
        if (full()) return caf::make_error(errc::busy, "too many wait for their limit");
        auto reply = self->make_response_promise<allowance_left>();
        enter(asked_take{request, reply, 0});
        return reply;
      },
      [=](const get_usage& request) -> caf::result<usage_report> {
        if (full()) return caf::make_error(errc::busy, "too many wait for their limit");
        auto reply = self->make_response_promise<usage_report>();
        enter(asked_usage{request, reply, 0});
        return reply;
      },
      [=](const give_back& request) { enter(request); },
  };
}

} // namespace

limiter_actor spawn_redis_limiter(caf::actor_system& system, redis_actor redis, plan_limits limits,
                                  log_sink log) {
  return system.spawn(redis_limiter, std::move(redis), limits, std::move(log));
}

} // namespace troupe
