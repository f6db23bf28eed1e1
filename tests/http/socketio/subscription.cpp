// Which channels a subscription stands for, and who may hear them.
#include "http/socketio/subscription.hpp"

#include <gtest/gtest.h>

namespace troupe::socketio {

namespace {

struct subscriptions : ::testing::Test {
  counters counts{{"BTCUSDT"}};
  hub channels{counts, {"BTCUSDT"}};
  identity alice{"alice", "", user_role::user, user_plan::free, 0};

  chosen_channels choose(const std::string& wanted, dialect in) {
    return choose_channels(wanted, in, channels, alice);
  }
};

} // namespace

TEST_F(subscriptions, a_symbol_is_all_its_channels_of_the_namespace) {
  using names = std::vector<std::string>;
  EXPECT_EQ(choose("BTCUSDT", dialect::signals).names, names{"signals:BTCUSDT"});
  EXPECT_EQ(choose("BTCUSDT", dialect::root).names,
            (names{"signals:BTCUSDT", "predictions:BTCUSDT", "ticker:BTCUSDT"}));
  EXPECT_EQ(choose("predictions:BTCUSDT", dialect::root).names, names{"predictions:BTCUSDT"});
}

TEST_F(subscriptions, what_is_unknown_or_anothers_is_refused) {
  EXPECT_EQ(choose("NOPE", dialect::root).refusal, errc::symbol_not_found);
  EXPECT_EQ(choose("signals:NOPE", dialect::signals).refusal, errc::symbol_not_found);
  EXPECT_EQ(choose("predictions:BTCUSDT", dialect::signals).refusal, errc::validation_error);
  EXPECT_EQ(choose("ticker:BTCUSDT", dialect::signals).refusal, errc::validation_error);
  for (auto theirs : {"user:bob:trades", "user:alice2:trades", "user:ali:trades", "user::trades",
                      "user:alice:secrets", "user:alice", "user:"})
    EXPECT_EQ(choose(theirs, dialect::root).refusal, errc::forbidden) << theirs;
  EXPECT_EQ(choose("user:alice:trades", dialect::signals).refusal, errc::validation_error);
}

TEST_F(subscriptions, ones_own_channels_are_known_while_they_are_heard) {
  struct ear : listener {
    ear() : listener(dialect::root) {}
    void deliver(const shared_text&) override {}
    void flush() override {}
  } who;
  EXPECT_EQ(choose("user:alice:trades", dialect::root).refusal, errc::none);
  channels.open_user_channel("user:alice:trades");
  EXPECT_TRUE(channels.subscribe(who, "user:alice:trades", std::nullopt));
  channels.unsubscribe(who, "user:alice:trades");
  EXPECT_FALSE(channels.knows_channel("user:alice:trades"));
  channels.open_user_channel("user:alice:trades");
  channels.subscribe(who, "user:alice:trades", std::nullopt);
  channels.drop(who);
  EXPECT_FALSE(channels.knows_channel("user:alice:trades"));
  EXPECT_TRUE(channels.knows_channel("signals:BTCUSDT"));
}

TEST_F(subscriptions, arguments_are_a_name_and_options) {
  subscription want;
  EXPECT_EQ(parse_subscription({R"("BTCUSDT")"}, want), "");
  EXPECT_EQ(want.wanted, "BTCUSDT");
  EXPECT_EQ(parse_subscription({R"("BTCUSDT")", R"({"since":17})"}, want), "");
  EXPECT_EQ(want.since_in("signals:BTCUSDT"), 17u);
  subscription of_each;
  EXPECT_EQ(parse_subscription({R"("BTCUSDT")", R"({"since":{"signals:BTCUSDT":3}})"}, of_each),
            "");
  EXPECT_EQ(of_each.since_in("signals:BTCUSDT"), 3u);
  EXPECT_EQ(of_each.since_in("predictions:BTCUSDT"), std::nullopt);
  for (const auto& bad :
       std::vector<std::vector<std::string_view>>{{},
                                                  {"1"},
                                                  {R"("")"},
                                                  {"null"},
                                                  {R"("a")", "1"},
                                                  {R"("a")", R"({"since":-1})"},
                                                  {R"("a")", R"({"since":"1"})"},
                                                  {R"("a")", R"({"since":{"x":-1}})"}}) {
    subscription out;
    EXPECT_NE(parse_subscription(bad, out), "");
  }
}

} // namespace troupe::socketio
