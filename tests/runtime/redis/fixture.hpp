// What the tests of Redis share: an actor system, and questions that wait for their answer.
#pragma once
#include "messages/limit_protocol.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/redis/client.hpp"
#include "tests/runtime/redis/server.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace troupe::test {

inline constexpr std::chrono::seconds patience{20};

/// True once `done` says so.
template<class Done>
bool eventually(Done done) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

struct redis_fixture : ::testing::Test {
  static constexpr utc_ms midnight = 1767571200000; // 2026-01-05T00:00:00Z
  /// Of the present day: Redis forgets by its own clock.
  static utc_ms today() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }

  redis_options quick() {
    redis_options o;
    o.command_timeout = std::chrono::milliseconds{200};
    o.connect_timeout = std::chrono::milliseconds{500};
    o.longest_wait = std::chrono::milliseconds{200};
    o.board = board;
    o.log = [this](log_level, const std::string& text) {
      const std::lock_guard<std::mutex> lock{guard_};
      said_.push_back(text);
    };
    return o;
  }
  std::unique_ptr<redis_client> connect(const std::string& url) {
    redis_address at;
    EXPECT_EQ(read_redis_address(url, at), "");
    return std::make_unique<redis_client>(system, at, quick());
  }

  template<class Answer, class Handle, class Question>
  caf::expected<Answer> ask(const Handle& whom, Question what) {
    caf::scoped_actor self{system};
    caf::expected<Answer> out{caf::make_error(errc::internal)};
    self->request(whom, patience, std::move(what))
        .receive([&](Answer& a) { out = std::move(a); }, [&](caf::error& e) { out = e; });
    return out;
  }
  redis_value tell(const redis_client& to, redis_words words) {
    auto value = ask<redis_value>(to.handle(), redis_command{std::move(words)});
    return value ? *value : redis_value{};
  }
  std::vector<std::string> log() const {
    const std::lock_guard<std::mutex> lock{guard_};
    return said_;
  }
  std::string state() const {
    const auto rows = board->read();
    return rows.empty() ? "" : rows.front().state;
  }

  actor_config config{2};
  caf::actor_system system{config};
  std::shared_ptr<dependency_board> board = std::make_shared<dependency_board>();

private:
  mutable std::mutex guard_;
  std::vector<std::string> said_;
};

} // namespace troupe::test
