// Tries at passwords in Redis: as few over several nodes as over one, by the clock of Redis, and
// what happens when it goes and comes.
#include "runtime/redis/tries.hpp"
#include "tests/runtime/redis/fixture.hpp"

#include <caf/send.hpp>

#include <array>
#include <atomic>

namespace troupe::test {

namespace {

struct redis_tries : redis_fixture {
  ~redis_tries() override {
    for (auto& one : spawned_) caf::anon_send_exit(one, caf::exit_reason::kill);
  }
  tries_actor tries(const redis_client& redis) {
    spawned_.push_back(spawn_redis_tries(system, redis.handle(), quick().log));
    return spawned_.back();
  }
  /// Milliseconds to wait.
  utc_ms take(const tries_actor& at, const std::string& address, const std::string& whom) {
    const auto wait = ask<utc_ms>(at, take_try{address, whom, now});
    EXPECT_TRUE(wait) << system.render(wait.error());
    return wait ? *wait : -1;
  }

  const utc_ms now = today();
  std::vector<tries_actor> spawned_;
};

TEST_F(redis_tries, of_hundreds_at_once_over_two_nodes_exactly_five_pass) {
  redis_server server;
  const auto redis1 = connect(server.url()), redis2 = connect(server.url());
  ASSERT_TRUE(redis1->wait_for_first_try() && redis2->wait_for_first_try());
  const std::array nodes{tries(*redis1), tries(*redis2)};
  std::atomic<int> passed{0}, refused{0};
  std::vector<std::thread> askers;
  for (auto& node : nodes)
    askers.emplace_back([&] {
      caf::scoped_actor self{system};
      std::vector<decltype(self->request(node, patience, take_try{}))> asked;
      for (int i = 0; i < 200; ++i)
        asked.push_back(self->request(node, patience, take_try{std::to_string(i), "ada", now}));
      for (auto& a : asked)
        a.receive([&](utc_ms wait) { ++(wait == 0 ? passed : refused); },
                  [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
    });
  for (auto& t : askers) t.join();
  EXPECT_EQ(passed, 5);
  EXPECT_EQ(refused, 395);
}

TEST_F(redis_tries, an_address_has_its_five_too_and_what_is_refused_counts_for_nobody) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const std::array nodes{tries(*redis), tries(*redis)};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(take(nodes[i % 2], "here", std::to_string(i)), 0);
  for (int i = 0; i < 5; ++i) {
    const auto wait = take(nodes[i % 2], "here", "ada");
    EXPECT_GT(wait, 0);
    EXPECT_LE(wait, minute_ms);
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(take(nodes[i % 2], std::to_string(i), "ada"), 0);
  EXPECT_GT(take(nodes[0], "9", "ada"), 0);
  EXPECT_EQ(take(nodes[0], "", ""), 0) << "that is nobody";
}

TEST_F(redis_tries, those_of_more_than_a_minute_ago_do_not_count_whatever_a_node_s_clock_says) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto key = "troupe:tries:whom:ada";
  const auto put = [&](utc_ms ago) { tell(*redis, {"RPUSH", key, std::to_string(today() - ago)}); };
  put(minute_ms + 1000);
  for (int i = 0; i < 4; ++i) put(10'000);
  const auto from = tries(*redis);
  EXPECT_EQ(ask<utc_ms>(from, take_try{"", "ada", now - hour_ms}), utc_ms{0});
  const auto wait = ask<utc_ms>(from, take_try{"", "ada", now + hour_ms});
  ASSERT_TRUE(wait);
  EXPECT_GT(*wait, 45'000);
  EXPECT_LE(*wait, 50'000);
  EXPECT_EQ(tell(*redis, {"LLEN", key}).number, 5);
  const auto left = tell(*redis, {"PTTL", key}).number;
  EXPECT_GT(left, 0);
  EXPECT_LE(left, minute_ms) << "it is forgotten by itself";
}

TEST_F(redis_tries, without_redis_a_node_counts_on_from_what_it_let_pass) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto from = tries(*redis);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take(from, "", "ada"), 0);
  server.stop();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(take(from, "", "ada"), 0);
  EXPECT_GT(take(from, "", "ada"), 0);
  ASSERT_TRUE(server.start());
  ASSERT_TRUE(eventually([&] { return redis->connected(); }));
  EXPECT_GT(take(from, "", "ada"), 0) << "what this node knows is not forgotten with Redis";
  EXPECT_EQ(take(from, "", "bob"), 0);
  EXPECT_EQ(tell(*redis, {"LLEN", "troupe:tries:whom:bob"}).number, 1);
}

TEST_F(redis_tries, a_redis_that_lost_its_scripts_is_told_again) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto from = tries(*redis);
  EXPECT_EQ(take(from, "", "ada"), 0);
  tell(*redis, {"SCRIPT", "FLUSH"});
  EXPECT_EQ(take(from, "", "ada"), 0);
  EXPECT_EQ(tell(*redis, {"LLEN", "troupe:tries:whom:ada"}).number, 2);
}

TEST_F(redis_tries, a_silent_redis_holds_nobody_up_for_long) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto from = tries(*redis);
  server.freeze();
  const auto asked_at = std::chrono::steady_clock::now();
  EXPECT_EQ(take(from, "", "ada"), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - asked_at, std::chrono::seconds{1});
  server.thaw();
}

TEST_F(redis_tries, a_redis_that_is_full_is_told_once_and_counted_for) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto from = tries(*redis);
  tell(*redis, {"CONFIG", "SET", "maxmemory", "1"});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(take(from, "", "ada"), 0);
  EXPECT_GT(take(from, "", "ada"), 0);
  ASSERT_EQ(log().size(), 1u);
  EXPECT_NE(log()[0].find("redis does not count tries: "), std::string::npos) << log()[0];
}

} // namespace

} // namespace troupe::test
