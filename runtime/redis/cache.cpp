#include "runtime/redis/cache.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <utility>

namespace troupe {

namespace {

constexpr std::chrono::seconds answer_timeout{3};

cache_actor::behavior_type redis_cache(cache_actor::pointer self, redis_actor redis) {
  return {
      [=](const get_cached& question) {
        auto reply = self->make_response_promise<std::string>();
        self->request(redis, answer_timeout, redis_command{{"GET", question.key}})
            .then([=](const redis_value& found) mutable { reply.deliver(found.text); },
                  [=](const caf::error&) mutable { reply.deliver(std::string{}); });
        return reply;
      },
      [=](const put_cached& what) { self->send(redis, redis_post{{words_of(what)}}); },
  };
}

} // namespace

redis_words words_of(const put_cached& what) {
  redis_words out{"SET", what.key, what.text, "PX", std::to_string(what.lifetime_ms)};
  if (what.unless_there) out.push_back("NX");
  return out;
}

cache_actor spawn_redis_cache(caf::actor_system& system, redis_actor redis) {
  return system.spawn(redis_cache, std::move(redis));
}

} // namespace troupe
