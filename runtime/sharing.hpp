// What the nodes of an installation share through Redis (redis.url): the counts of plans' limits,
// of addresses and of tries at passwords, encoded answers, users' plans, and events for other
// services. Without Redis, or while it is away, each node counts by itself and shares nothing.
#pragma once
#include "actors/dependency_board.hpp"
#include "actors/log.hpp"
#include "http/gateway.hpp"
#include "http/publisher.hpp"
#include "messages/cache_protocol.hpp"
#include "messages/limit_protocol.hpp"
#include "runtime/redis/client.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe {

class sharing_part {
public:
  sharing_part(caf::actor_system& system, log_sink log) : system_(system), log_(std::move(log)) {}

  /// Once. Returns what is wrong with the setting, for people and without the password. A Redis
  /// that does not answer is no error: it is tried again for ever.
  std::string start(const settings& s, std::shared_ptr<dependency_board> board);

  const limiter_actor& limiter() const { return limiter_; }
  const tries_actor& tries() const { return tries_; }
  /// Whether there are others: the limiter counts for them, and they hear what is published.
  bool shares() const { return redis_ != nullptr; }
  /// Empty without Redis.
  const cache_actor& cache() const { return cache_; }
  /// Publishes what sockets hear to the channels of the same names, each event's text as a plain
  /// WebSocket gets it, and puts predictions into the cache. Empty without Redis.
  frame_sink sink() const;
  /// The line `cache` of the detailed health. Any thread, until stop().
  health_check health() const;

  /// After the server and the publishers, before the actor system.
  void stop();

private:
  caf::actor_system& system_;
  log_sink log_;
  std::unique_ptr<redis_client> redis_;
  limiter_actor limiter_;
  tries_actor tries_;
  cache_actor cache_;
};

} // namespace troupe
