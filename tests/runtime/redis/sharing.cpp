// What a node shares through Redis: the text of its events, its predictions, and its counts.
#include "runtime/sharing.hpp"
#include "http/codec_frames.hpp"
#include "tests/runtime/redis/fixture.hpp"

#include <caf/send.hpp>
#include <hiredis/hiredis.h>

namespace troupe::test {

namespace {

settings from(const std::vector<std::string>& args) {
  auto read = read_settings(args, {}, "");
  if (auto* wrong = std::get_if<settings_error>(&read)) ADD_FAILURE() << wrong->text;
  return std::get<settings>(std::move(read));
}

// Another service that hears a channel.
class subscriber {
public:
  subscriber(const redis_server& at, const std::string& channel)
      : context_(redisConnectWithTimeout("127.0.0.1", at.port(), {20, 0})) {
    redisSetTimeout(context_, {20, 0});
    freeReplyObject(redisCommand(context_, "SUBSCRIBE %s", channel.c_str()));
  }
  ~subscriber() { redisFree(context_); }

  std::string next() {
    void* got = nullptr;
    if (redisGetReply(context_, &got) != REDIS_OK) return "";
    auto* const reply = static_cast<redisReply*>(got);
    const auto* text = reply->element[2];
    std::string out{text->str, text->len};
    freeReplyObject(reply);
    return out;
  }

private:
  redisContext* context_;
};

bulletin one_bulletin() {
  bulletin said;
  said.symbol = "BTCUSDT";
  for (const auto h : horizons) {
    prediction p;
    p.symbol = said.symbol;
    p.horizon = h;
    p.current_price = 1000 + h;
    said.predictions.push_back(p);
  }
  signal s;
  s.symbol = said.symbol;
  s.horizon = 6;
  said.signals.push_back(s);
  return said;
}

struct redis_sharing : redis_fixture {
  ~redis_sharing() override { part.stop(); }
  std::string start(const std::string& url) {
    return part.start(from(url.empty() ? std::vector<std::string>{}
                                       : std::vector<std::string>{"--redis.url=" + url}),
                      board);
  }
  sharing_part part{system, quick().log};
};

TEST_F(redis_sharing, others_hear_each_event_as_sockets_do_and_find_the_predictions) {
  redis_server server;
  ASSERT_EQ(start(server.url()), "");
  subscriber signals{server, "signals:BTCUSDT"}, predictions{server, "predictions:BTCUSDT"};
  std::uint64_t seq = 0;
  const auto news = encode_bulletin(
      one_bulletin(), [&](auto&) { return ++seq; }, 1);
  part.sink()(news);
  ASSERT_EQ(news->frames.size(), 5u);
  EXPECT_EQ(signals.next(), payload_of(*news->frames[0]->bytes));
  for (std::size_t i = 1; i < 5; ++i)
    EXPECT_EQ(predictions.next(), payload_of(*news->frames[i]->bytes));
  for (std::size_t i = 0; i < horizons.size(); ++i) {
    const auto key = prediction_key("BTCUSDT", horizons[i]);
    ASSERT_TRUE(eventually([&] {
      const auto text = ask<std::string>(part.cache(), get_cached{key});
      return text && *text == *news->predictions[i];
    })) << key;
  }
  const auto other = connect(server.url());
  ASSERT_TRUE(other->wait_for_first_try());
  const auto left = tell(*other, {"PTTL", "troupe:cache:prediction:BTCUSDT:6"}).number;
  EXPECT_GT(left, 0);
  EXPECT_LE(left, 60'000);
}

TEST_F(redis_sharing, what_is_put_is_found_until_its_time_is_over) {
  redis_server server;
  ASSERT_EQ(start(server.url()), "");
  const auto found = [&] {
    const auto text = ask<std::string>(part.cache(), get_cached{"a"});
    return text ? *text : "an error";
  };
  EXPECT_EQ(found(), "");
  caf::anon_send(part.cache(), put_cached{"a", "text", 300});
  EXPECT_TRUE(eventually([&] { return found() == "text"; }));
  EXPECT_TRUE(eventually([&] { return found() == ""; }));
  server.stop();
  EXPECT_EQ(found(), "") << "who cannot know does not fail";
}

TEST_F(redis_sharing, a_plan_is_found_under_the_name_that_others_know_and_stays_unless_changed) {
  redis_server server;
  ASSERT_EQ(start(server.url()), "");
  const auto other = connect(server.url());
  ASSERT_TRUE(other->wait_for_first_try());
  const auto put = [&](const std::string& plan, bool unless_there) {
    caf::anon_send(part.cache(), put_cached{plan_key("ada"), plan, plan_lifetime_ms, unless_there});
    ask<std::string>(part.cache(), get_cached{plan_key("ada")}); // it was said by now
    return tell(*other, {"GET", "user:ada:plan"}).text;
  };
  EXPECT_EQ(put("free", true), "free");
  EXPECT_EQ(put("pro", false), "pro");
  EXPECT_EQ(put("free", true), "pro");
  const auto left = tell(*other, {"PTTL", "user:ada:plan"}).number;
  EXPECT_GT(left, 3'500'000);
  EXPECT_LE(left, 3'600'000);
}

TEST_F(redis_sharing, tries_are_counted_with_redis_and_without) {
  redis_server server;
  ASSERT_EQ(start(server.url()), "");
  EXPECT_TRUE(part.shares());
  sharing_part alone{system, quick().log};
  ASSERT_EQ(alone.start(from({}), board), "");
  EXPECT_FALSE(alone.shares());
  for (auto* one : {&part, &alone}) {
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(ask<utc_ms>(one->tries(), take_try{"", "ada", today()}), utc_ms{0});
    const auto wait = ask<utc_ms>(one->tries(), take_try{"", "ada", today()});
    ASSERT_TRUE(wait);
    EXPECT_GT(*wait, 0);
  }
  alone.stop();
}

TEST_F(redis_sharing, without_an_address_a_node_counts_alone_and_is_well) {
  ASSERT_EQ(start(""), "");
  EXPECT_FALSE(part.sink());
  EXPECT_FALSE(part.cache());
  EXPECT_EQ(part.health().status, "healthy");
  const auto left = ask<allowance_left>(
      part.limiter(), take_allowance{"ada", user_plan::free, limit_kind::chat, midnight});
  ASSERT_TRUE(left);
  EXPECT_EQ(left->remaining, 9u);
  EXPECT_TRUE(board->read().empty());
}

TEST_F(redis_sharing, a_redis_that_is_away_stops_no_start_and_is_told) {
  redis_server server;
  server.stop();
  ASSERT_EQ(start(server.url()), "");
  EXPECT_EQ(part.health().name, "cache");
  EXPECT_EQ(part.health().status, "degraded");
  const auto left = ask<allowance_left>(
      part.limiter(), take_allowance{"ada", user_plan::free, limit_kind::chat, today()});
  ASSERT_TRUE(left);
  EXPECT_EQ(left->remaining, 9u);
  ASSERT_TRUE(server.start());
  EXPECT_TRUE(eventually([&] { return part.health().status == "healthy"; }));
}

TEST_F(redis_sharing, a_factor_widens_the_limits_here_and_in_redis) {
  redis_server server;
  const auto limit = [&](const std::vector<std::string>& more) {
    sharing_part own{system, quick().log};
    auto args = more;
    args.push_back("--limits.factor=7");
    EXPECT_EQ(own.start(from(args), board), "");
    const auto left = ask<allowance_left>(
        own.limiter(), take_allowance{"ada", user_plan::free, limit_kind::chat, today()});
    own.stop();
    return left ? left->limit : 0;
  };
  EXPECT_EQ(limit({}), 70u);
  EXPECT_EQ(limit({"--redis.url=" + server.url()}), 70u);
}

TEST_F(redis_sharing, an_address_that_is_none_is_named_without_its_password) {
  const auto why = start("redis://secret@cache");
  EXPECT_NE(why.find("REDIS_URL"), std::string::npos);
  EXPECT_EQ(why.find("secret"), std::string::npos);
}

} // namespace

} // namespace troupe::test
