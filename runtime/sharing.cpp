#include "runtime/sharing.hpp"

#include "actors/limiter.hpp"
#include "actors/tries.hpp"
#include "http/codec_frames.hpp"
#include "runtime/redis/cache.hpp"
#include "runtime/redis/limiter.hpp"
#include "runtime/redis/tries.hpp"
#include "runtime/wall.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace troupe {

namespace {

redis_post post_of(const frame_set& news) {
  redis_post out;
  for (auto& one : news.frames)
    out.commands.push_back({"PUBLISH", one->channel, std::string{payload_of(*one->bytes)}});
  for (std::size_t i = 0; i < horizons.size(); ++i)
    if (auto& body = news.predictions[i])
      out.commands.push_back(
          words_of({prediction_key(news.symbol, horizons[i]), *body, prediction_lifetime_ms}));
  return out;
}

} // namespace

std::string sharing_part::start(const settings& s, std::shared_ptr<dependency_board> board) {
  const plan_limits limits{static_cast<std::uint32_t>(s.integer("limits.factor"))};
  const auto& url = s.text("redis.url");
  if (url.empty()) {
    limiter_ = spawn_limiter(system_, limits);
    tries_ = spawn_tries(system_);
    return "";
  }
  redis_address at;
  if (auto wrong = read_redis_address(url, at); !wrong.empty())
    return "REDIS_URL is no address of a Redis (redis.url): " + wrong;
  redis_options options;
  options.board = std::move(board);
  options.wall = wall_now_ms;
  options.log = log_;
  redis_ = std::make_unique<redis_client>(system_, at, std::move(options));
  limiter_ = spawn_redis_limiter(system_, redis_->handle(), limits, log_);
  tries_ = spawn_redis_tries(system_, redis_->handle(), log_);
  cache_ = spawn_redis_cache(system_, redis_->handle());
  // Before the first request, so that it is not counted here alone.
  if (redis_->wait_for_first_try() && log_)
    log_(log_level::info, "shares limits and events through " + at.location());
  return "";
}

frame_sink sharing_part::sink() const {
  if (!redis_) return {};
  return [redis = redis_->handle()](const frame_set_ptr& news) {
    caf::anon_send(redis, post_of(*news));
  };
}

// In this process there is nothing that could fail.
health_check sharing_part::health() const {
  if (!redis_) return {"cache", "healthy", 0};
  return {"cache", redis_->connected() ? "healthy" : "degraded", redis_->latency_ms()};
}

void sharing_part::stop() {
  const auto end = [](auto& handle) {
    if (handle) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
  };
  end(limiter_);
  end(tries_);
  end(cache_);
  redis_.reset();
}

} // namespace troupe
