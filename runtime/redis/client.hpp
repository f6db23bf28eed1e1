// The one connection of a node to its Redis, on a thread of its own: asked through an actor handle,
// opened again by itself when it was lost, silent commands given up in time. What is asked is
// others' (limiter, sharing).
#pragma once
#include "actors/dependency_board.hpp"
#include "actors/log.hpp"
#include "runtime/redis/address.hpp"
#include "runtime/redis/value.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace troupe {

struct redis_options {
  std::chrono::milliseconds connect_timeout{2'000};
  std::chrono::milliseconds command_timeout{1'000}; // of the oldest: past it the line is given up
  std::chrono::milliseconds ping_every{10'000};
  /// Before the next try: doubled with each failure, and of that a random half to whole.
  std::chrono::milliseconds first_wait{100}, longest_wait{5'000};
  std::size_t max_commands = 16'384;       // under way; past it busy, or dropped
  std::size_t max_bytes = 8u << 20;        // of their words
  std::shared_ptr<dependency_board> board; // told as `redis`; may be null
  std::function<utc_ms()> wall;            // for people only; may be empty
  log_sink log;                            // one line when it is lost, one when it is back
};

class redis_client {
public:
  redis_client(caf::actor_system& system, redis_address to, redis_options options);

  /// Answers what is open with store_unavailable. May take as long as a name look-up that hangs.
  /// Destroy it before the actor system.
  ~redis_client();
  redis_client(const redis_client&) = delete;
  redis_client& operator=(const redis_client&) = delete;

  const redis_actor& handle() const;

  /// Whether it answers now, and how long its newest answer took. Any thread.
  bool connected() const;
  double latency_ms() const;

  /// Waits for the end of the first try. True when it answers.
  bool wait_for_first_try();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace troupe
