// The connection to Redis: that it comes back by itself, answers everybody in time, keeps to its
// bounds and tells nobody its password.
#include "tests/runtime/redis/fixture.hpp"

#include <caf/send.hpp>

namespace troupe::test {

namespace {

using kind = redis_value::kind;

TEST(redis_address, is_read_and_shown_without_its_password) {
  redis_address at;
  EXPECT_EQ(read_redis_address("redis://ada:s%40cret@cache.example:6380/3", at), "");
  EXPECT_EQ(at.host, "cache.example");
  EXPECT_EQ(at.port, 6380);
  EXPECT_EQ(at.user, "ada");
  EXPECT_EQ(at.password, "s@cret");
  EXPECT_EQ(at.database, 3u);
  EXPECT_EQ(at.location(), "redis://cache.example:6380/3");
  EXPECT_EQ(read_redis_address("redis://:secret@[::1]", at), "");
  EXPECT_EQ(at.host, "::1");
  EXPECT_EQ(at.port, 6379);
  EXPECT_EQ(at.user, "");
  EXPECT_EQ(at.location(), "redis://[::1]:6379/0");
}

TEST(redis_address, what_is_none_is_refused_without_being_quoted) {
  redis_address at;
  at.host = "untouched";
  EXPECT_NE(read_redis_address("rediss://:secret@cache", at).find("TLS"), std::string::npos);
  for (const char* wrong :
       {"", "cache:6379", "http://cache", "redis://", "redis://:secret", "redis://secret@cache",
        "redis://:secret@cache:0", "redis://:secret@cache:70000", "redis://:secret@cache:x",
        "redis://:secret@cache/x", "redis://:secret@cache/1/2", "redis://:%zz@cache",
        "redis://:secret@[::1"}) {
    const auto why = read_redis_address(wrong, at);
    EXPECT_NE(why, "") << wrong;
    EXPECT_EQ(why.find("secret"), std::string::npos) << why;
  }
  EXPECT_EQ(at.host, "untouched");
}

TEST_F(redis_fixture, answers_come_in_every_shape) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  EXPECT_EQ(tell(*redis, {"SET", "a", std::string("b\0c\r\n", 5)}).text, "OK");
  EXPECT_EQ(tell(*redis, {"GET", "a"}).text, std::string("b\0c\r\n", 5));
  EXPECT_EQ(tell(*redis, {"GET", "absent"}).is, kind::none);
  EXPECT_EQ(tell(*redis, {"INCR", "n"}).number, 1);
  const auto list = tell(*redis, {"MGET", "n", "absent"});
  ASSERT_EQ(list.list.size(), 2u);
  EXPECT_EQ(list.list[0].text, "1");
  EXPECT_EQ(list.list[1].is, kind::none);
  EXPECT_EQ(tell(*redis, {"INCR", "a"}).is, kind::refused);
  EXPECT_EQ(state(), "closed");
}

TEST_F(redis_fixture, a_password_and_a_database_are_used_and_never_told) {
  redis_server server{{"--requirepass", "s3cret"}};
  const auto at = std::to_string(server.port());
  const auto redis = connect("redis://:s3cret@127.0.0.1:" + at + "/2");
  ASSERT_TRUE(redis->wait_for_first_try());
  tell(*redis, {"SET", "here", "1"});
  EXPECT_EQ(tell(*redis, {"SELECT", "0"}).text, "OK");
  EXPECT_EQ(tell(*redis, {"EXISTS", "here"}).number, 0);
  for (auto* wrong : {"redis://:wr0ng@127.0.0.1:", "redis://127.0.0.1:"}) {
    const auto refused = connect(wrong + at);
    EXPECT_FALSE(refused->wait_for_first_try());
    EXPECT_FALSE(refused->connected());
  }
  EXPECT_GE(log().size(), 2u);
  for (auto& line : log()) {
    EXPECT_EQ(line.find("s3cret"), std::string::npos) << line;
    EXPECT_EQ(line.find("wr0ng"), std::string::npos) << line;
  }
}

TEST_F(redis_fixture, nobody_waits_for_a_redis_that_is_away_and_it_comes_back_by_itself) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  server.stop();
  ASSERT_TRUE(eventually([&] { return !redis->connected(); }));
  const auto asked_at = std::chrono::steady_clock::now();
  const auto answer = ask<redis_value>(redis->handle(), redis_command{{"PING"}});
  EXPECT_LT(std::chrono::steady_clock::now() - asked_at, std::chrono::milliseconds{150});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), static_cast<std::uint8_t>(errc::store_unavailable));
  EXPECT_TRUE(eventually([&] { return state() == "open"; }));
  ASSERT_TRUE(server.start());
  ASSERT_TRUE(eventually([&] { return redis->connected(); }));
  EXPECT_EQ(tell(*redis, {"PING"}).text, "PONG");
  EXPECT_EQ(state(), "closed");
  EXPECT_EQ(log().size(), 2u) << "one line for each turn, however many tries";
}

TEST_F(redis_fixture, one_that_is_silent_is_given_up_in_time_and_all_are_answered) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  server.freeze();
  caf::scoped_actor self{system};
  std::vector<decltype(self->request(redis->handle(), patience, redis_command{}))> asked;
  for (int i = 0; i < 100; ++i)
    asked.push_back(self->request(redis->handle(), patience, redis_command{{"PING"}}));
  int failed = 0;
  for (auto& a : asked) a.receive([](const redis_value&) {}, [&](const caf::error&) { ++failed; });
  EXPECT_EQ(failed, 100);
  EXPECT_FALSE(redis->connected());
  server.thaw();
  EXPECT_TRUE(eventually([&] { return redis->connected(); }));
}

TEST_F(redis_fixture, what_is_posted_past_the_bound_is_dropped_and_counted) {
  redis_server server;
  auto options = quick();
  options.command_timeout = std::chrono::seconds{10};
  options.max_bytes = 1000;
  redis_address at;
  ASSERT_EQ(read_redis_address(server.url(), at), "");
  redis_client redis{system, at, options};
  ASSERT_TRUE(redis.wait_for_first_try());
  server.freeze();
  const std::string text(100, 'x');
  for (int i = 0; i < 50; ++i)
    caf::anon_send(redis.handle(), redis_post{{{"RPUSH", "list", text}}});
  EXPECT_TRUE(eventually([&] {
    const auto rows = board->read();
    return !rows.empty() && rows.front().refused >= 40;
  }));
  server.thaw();
  EXPECT_TRUE(eventually([&] {
    const auto kept = tell(redis, {"LLEN", "list"}).number;
    return kept > 0 && kept <= 10;
  }));
}

TEST_F(redis_fixture, ends_while_much_is_open) {
  redis_server server;
  caf::scoped_actor self{system};
  {
    const auto redis = connect(server.url());
    ASSERT_TRUE(redis->wait_for_first_try());
    server.freeze();
    for (int i = 0; i < 100; ++i) self->send(redis->handle(), redis_command{{"PING"}});
    caf::anon_send(redis->handle(), redis_post{{{"PING"}}});
  }
  server.thaw();
  const auto never = connect("redis://127.0.0.1:1");
  EXPECT_FALSE(never->wait_for_first_try());
}

} // namespace

} // namespace troupe::test
