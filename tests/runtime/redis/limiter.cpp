// Limits in Redis: exact over several nodes, one round trip for many, and what happens when Redis
// goes and comes.
#include "runtime/redis/limiter.hpp"
#include "actors/limiter.hpp"
#include "runtime/redis/limit_batch.hpp"
#include "tests/runtime/redis/fixture.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace troupe::test {

namespace {

struct redis_limits : redis_fixture {
  ~redis_limits() override {
    for (auto& one : spawned_) caf::anon_send_exit(one, caf::exit_reason::kill);
  }
  limiter_actor limiter(const redis_client& redis) {
    spawned_.push_back(spawn_redis_limiter(system, redis.handle(), plan_limits{}, quick().log));
    return spawned_.back();
  }
  allowance_left take(const limiter_actor& from, const user_id& user,
                      user_plan plan = user_plan::basic,
                      limit_kind what = limit_kind::predictions) {
    const auto left = ask<allowance_left>(from, take_allowance{user, plan, what, now});
    EXPECT_TRUE(left) << system.render(left.error());
    return left ? *left : allowance_left{};
  }
  std::uint32_t used(const limiter_actor& from, const user_id& user) {
    const auto seen = ask<usage_report>(from, get_usage{user, user_plan::basic, now});
    return seen ? seen->predictions.used : 99;
  }

  std::string key_of(const user_id& user) const {
    return "troupe:limit:predictions:" + std::to_string((now - now % day_ms) / 1000) + ":" + user;
  }

  const utc_ms now = today();
  std::vector<limiter_actor> spawned_;
};

TEST_F(redis_limits, ten_thousand_at_once_over_two_nodes_and_exactly_ten_pass) {
  redis_server server;
  const auto redis1 = connect(server.url()), redis2 = connect(server.url());
  ASSERT_TRUE(redis1->wait_for_first_try() && redis2->wait_for_first_try());
  const std::array nodes{limiter(*redis1), limiter(*redis2)};
  const take_allowance one{"ada", user_plan::basic, limit_kind::predictions, now};
  std::atomic<int> passed{0}, refused{0};
  std::vector<std::thread> askers;
  for (auto& node : nodes)
    askers.emplace_back([&] {
      caf::scoped_actor self{system};
      std::vector<decltype(self->request(node, patience, one))> asked;
      for (int i = 0; i < 5000; ++i) asked.push_back(self->request(node, patience, one));
      for (auto& a : asked)
        a.receive([&](const allowance_left& left) { ++(left.ok ? passed : refused); },
                  [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
    });
  for (auto& t : askers) t.join();
  EXPECT_EQ(passed, 10);
  EXPECT_EQ(refused, 9990);
  EXPECT_EQ(used(nodes[0], "ada"), 10u);
  const auto calls = tell(*redis1, {"INFO", "commandstats"}).text;
  const auto at = calls.find("cmdstat_evalsha:calls=");
  ASSERT_NE(at, calls.npos) << calls;
  EXPECT_LT(std::stoi(calls.substr(at + 22)), 2000) << "a round trip serves many";
}

TEST_F(redis_limits, nodes_say_the_same_as_one_alone_would) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto shared = limiter(*redis);
  const auto alone = spawn_limiter(system);
  spawned_.push_back(alone);
  for (int i = 0; i < 60; ++i) {
    const auto user = "user" + std::to_string(i % 3);
    const auto plan = static_cast<user_plan>(i % 4);
    const auto what = static_cast<limit_kind>(i % 6);
    const auto a = take(shared, user, plan, what), b = take(alone, user, plan, what);
    EXPECT_EQ(a.ok, b.ok) << i;
    EXPECT_EQ(a.limit, b.limit) << i;
    EXPECT_EQ(a.remaining, b.remaining) << i;
    EXPECT_EQ(a.resets_at, b.resets_at) << i;
    if (i % 7 == 0) {
      caf::anon_send(shared, give_back{user, what, now});
      caf::anon_send(alone, give_back{user, what, now});
    }
  }
  for (auto* user : {"user0", "user1", "user2", "nobody"}) {
    const auto a = ask<usage_report>(shared, get_usage{user, user_plan::pro, now});
    const auto b = ask<usage_report>(alone, get_usage{user, user_plan::pro, now});
    ASSERT_TRUE(a && b);
    EXPECT_EQ(a->predictions.used, b->predictions.used);
    EXPECT_EQ(a->signals.used, b->signals.used);
    EXPECT_EQ(a->indicators.used, b->indicators.used);
    EXPECT_EQ(a->resets_at, b->resets_at);
  }
}

TEST_F(redis_limits, keys_end_with_their_window) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  take(limiter(*redis), "ada");
  const auto key = key_of("ada");
  EXPECT_EQ(tell(*redis, {"GET", key}).text, "1");
  const auto left = tell(*redis, {"PTTL", key}).number;
  const auto wanted = day_ms - now % day_ms + minute_ms;
  EXPECT_LE(left, wanted);
  EXPECT_GT(left, wanted - minute_ms);
}

TEST_F(redis_limits, nothing_is_given_back_that_was_not_taken) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto from = limiter(*redis);
  caf::anon_send(from, give_back{"ada", limit_kind::predictions, now});
  EXPECT_EQ(take(from, "ada").remaining, 9u);
  EXPECT_EQ(tell(*redis, {"GET", key_of("ada")}).text, "1");
}

TEST_F(redis_limits, a_redis_that_lost_its_scripts_is_told_again) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto from = limiter(*redis);
  EXPECT_EQ(take(from, "ada").remaining, 9u);
  tell(*redis, {"SCRIPT", "FLUSH"});
  EXPECT_EQ(take(from, "ada").remaining, 8u);
  EXPECT_EQ(tell(*redis, {"GET", key_of("ada")}).text, "2") << "and has counted";
}

TEST_F(redis_limits, without_redis_a_node_counts_on_from_what_it_knew_and_then_with_redis_again) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto from = limiter(*redis);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(take(from, "ada").ok);
  server.stop();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(take(from, "ada").ok) << "known: six are used";
  EXPECT_FALSE(take(from, "ada").ok);
  EXPECT_TRUE(take(from, "bob").ok);
  EXPECT_EQ(used(from, "ada"), 10u);
  ASSERT_TRUE(server.start());
  ASSERT_TRUE(eventually([&] { return redis->connected(); }));
  EXPECT_EQ(take(from, "eve").remaining, 9u);
  EXPECT_EQ(tell(*redis, {"DBSIZE"}).number, 1);
}

TEST_F(redis_limits, a_redis_that_is_full_is_told_once_and_counted_for) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto from = limiter(*redis);
  tell(*redis, {"CONFIG", "SET", "maxmemory", "1"});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(take(from, "ada").ok);
  EXPECT_FALSE(take(from, "ada").ok);
  ASSERT_EQ(log().size(), 1u);
  EXPECT_NE(log()[0].find("redis does not count: "), std::string::npos) << log()[0];
  tell(*redis, {"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(take(from, "bob").remaining, 9u);
  EXPECT_EQ(tell(*redis, {"GET", key_of("bob")}).text, "1");
}

TEST_F(redis_limits, a_silent_redis_holds_nobody_up_for_long) {
  redis_server server;
  const auto redis = connect(server.url());
  ASSERT_TRUE(redis->wait_for_first_try());
  const auto from = limiter(*redis);
  server.freeze();
  const auto asked_at = std::chrono::steady_clock::now();
  EXPECT_TRUE(take(from, "ada").ok);
  EXPECT_LT(std::chrono::steady_clock::now() - asked_at, std::chrono::seconds{1});
  server.thaw();
}

TEST_F(redis_limits, an_answer_that_is_none_is_counted_here) {
  limit_batch batch;
  EXPECT_EQ(batch.take({"ada", user_plan::free, limit_kind::signals, now}), 0u);
  EXPECT_EQ(batch.take({"ada", user_plan::free, limit_kind::signals, now}), 0u) << "one count";
  EXPECT_EQ(batch.take({"ada", user_plan::pro, limit_kind::signals, now}), 1u) << "another limit";
  redis_value answer;
  EXPECT_TRUE(batch.read(answer).empty());
  answer.is = redis_value::kind::list;
  answer.list.resize(4);
  EXPECT_TRUE(batch.read(answer).empty());
  for (auto& v : answer.list) v.is = redis_value::kind::integer;
  EXPECT_EQ(batch.read(answer).size(), 2u);
  answer.list[0].number = -1;
  EXPECT_TRUE(batch.read(answer).empty());
}

} // namespace

} // namespace troupe::test
