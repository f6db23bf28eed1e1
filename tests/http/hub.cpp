#include "http/hub.hpp"

#include "http/channel_numbers.hpp"
#include "http/codec_frames.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace troupe::test {

namespace {

struct ear : listener {
  std::vector<std::string> heard; // payloads
  int flushes = 0;
  bool slow = false;
  using listener::listener;
  void deliver(const shared_text& framed) override { heard.push_back(framed->substr(2)); }
  void flush() override { ++flushes; }
  bool backlogged() const override { return slow; }
};

frame_ptr make_frame(const std::string& channel, std::uint64_t seq, std::int32_t horizon = 6) {
  auto bytes = std::make_shared<const std::string>(websocket_frame("#" + std::to_string(seq)));
  return std::make_shared<const frame>(frame{channel, seq, horizon, bytes});
}

frame_ptr make_price(const std::string& channel, std::uint64_t seq) {
  auto out = std::make_shared<frame>(*make_frame(channel, seq, 0));
  out->role = frame_role::price;
  return out;
}

frame_set news_of(std::vector<frame_ptr> frames) {
  frame_set out;
  out.symbol = "BTCUSDT";
  out.frames = std::move(frames);
  return out;
}

struct hub_test : ::testing::Test {
  counters counts{{"BTCUSDT"}};
  hub channels{counts, {"BTCUSDT"}};
  const std::string signals = "signals:BTCUSDT";
  ear alice, bob;
};

} // namespace

TEST_F(hub_test, several_frames_of_one_bulletin_leave_together) {
  channels.subscribe(alice, signals, std::nullopt);
  channels.publish(news_of({make_frame(signals, 1, 6), make_frame(signals, 2, 18)}));
  EXPECT_EQ(alice.heard.size(), 3u);
  EXPECT_EQ(alice.flushes, 0);
  EXPECT_TRUE(channels.flush_due(1));
  EXPECT_EQ(alice.flushes, 1);
  EXPECT_EQ(counts.frames_sent.load(), 2u);
}

TEST_F(hub_test, only_those_who_listen_hear) {
  channels.subscribe(alice, signals, std::nullopt);
  channels.subscribe(bob, "predictions:BTCUSDT", std::nullopt);
  channels.publish(news_of({make_frame(signals, 1)}));
  EXPECT_EQ(alice.heard.back(), "#1");
  EXPECT_EQ(bob.heard.size(), 1u);
  channels.drop(alice);
  channels.publish(news_of({make_frame(signals, 2)}));
  EXPECT_EQ(alice.heard.back(), "#1");
}

TEST_F(hub_test, many_listeners_are_flushed_in_turns) {
  channels.subscribe(alice, signals, std::nullopt);
  channels.subscribe(bob, signals, std::nullopt);
  channels.publish(news_of({make_frame(signals, 1)}));
  EXPECT_FALSE(channels.flush_due(1));
  channels.publish(news_of({make_frame(signals, 2)})); // alice is due again, bob still
  channels.drop(bob);
  EXPECT_TRUE(channels.flush_due(3));
  EXPECT_EQ(alice.flushes, 2);
  EXPECT_EQ(bob.flushes, 0);
}

TEST_F(hub_test, subscribing_twice_hears_once) {
  channels.subscribe(alice, signals, std::nullopt);
  channels.subscribe(alice, signals, std::nullopt);
  channels.publish(news_of({make_frame(signals, 1)}));
  EXPECT_EQ(alice.heard.size(), 3u);
}

TEST_F(hub_test, frames_lost_on_the_way_are_told_as_a_gap) {
  channels.subscribe(alice, signals, std::nullopt);
  channels.publish(news_of({make_frame(signals, 1)}));
  channels.publish(news_of({make_frame(signals, 5)}));
  ASSERT_EQ(alice.heard.size(), 4u);
  EXPECT_EQ(alice.heard[2], R"({"event":"gap","channel":"signals:BTCUSDT","from":2,"to":4})");
  EXPECT_EQ(alice.heard[3], "#5");
  EXPECT_EQ(counts.frames_dropped.load(), 3u);
  // Who resumes across the hole is told too.
  channels.subscribe(bob, signals, 1);
  EXPECT_EQ(bob.heard[1], R"({"event":"gap","channel":"signals:BTCUSDT","from":2,"to":4})");
  EXPECT_EQ(bob.heard[2], "#5");
}

TEST_F(hub_test, a_repeated_frame_is_not_sent_again) {
  channels.subscribe(alice, signals, std::nullopt);
  channels.publish(news_of({make_frame(signals, 1)}));
  channels.publish(news_of({make_frame(signals, 1)}));
  EXPECT_EQ(alice.heard.size(), 2u);
}

TEST_F(hub_test, unknown_channels_and_symbols_are_no_ones) {
  EXPECT_FALSE(channels.subscribe(alice, "signals:NOPE", std::nullopt));
  EXPECT_FALSE(channels.subscribe(alice, "BTCUSDT", std::nullopt));
  frame_set other;
  other.symbol = "NOPE";
  other.predictions[0] = std::make_shared<const std::string>("{}");
  channels.publish(other);
  EXPECT_EQ(channels.prediction_of("NOPE", 0), nullptr);
}

TEST_F(hub_test, a_slow_listener_gets_the_newest_price_alone_and_all_else) {
  const std::string ticker = "ticker:BTCUSDT";
  for (auto* who : {&alice, &bob}) {
    channels.subscribe(*who, ticker, std::nullopt);
    channels.subscribe(*who, signals, std::nullopt);
    who->heard.clear();
  }
  alice.slow = true;
  for (std::uint64_t seq = 1; seq <= 3; ++seq)
    channels.publish(news_of({make_price(ticker, seq), make_frame(signals, 10 + seq)}));
  EXPECT_EQ(alice.heard, (std::vector<std::string>{"#11", "#12", "#13"}));
  EXPECT_EQ(bob.heard.size(), 6u);
  channels.catch_up(alice); // slow still
  EXPECT_EQ(alice.heard.size(), 3u);
  alice.slow = false;
  channels.catch_up(alice);
  EXPECT_EQ(alice.heard.back(), "#3");
  EXPECT_EQ(alice.flushes, 1);
  channels.catch_up(alice);
  EXPECT_EQ(alice.heard.size(), 4u);
  channels.publish(news_of({make_price(ticker, 4)}));
  EXPECT_EQ(alice.heard.back(), "#4");
}

TEST_F(hub_test, a_price_that_is_owed_is_forgotten_with_its_listener) {
  channels.subscribe(alice, "ticker:BTCUSDT", std::nullopt);
  alice.slow = true;
  channels.publish(news_of({make_price("ticker:BTCUSDT", 1)}));
  channels.unsubscribe(alice, "ticker:BTCUSDT");
  alice.slow = false;
  const auto before = alice.heard.size();
  channels.catch_up(alice);
  EXPECT_EQ(alice.heard.size(), before);
}

TEST_F(hub_test, a_snapshot_has_the_newest_of_each_account_and_nothing_that_happened) {
  const std::string accounts = "user:ada:accounts", trades = "user:ada:trades";
  const auto about = [&](const std::string& account, std::uint64_t seq) {
    auto f = std::make_shared<frame>(*make_frame(accounts, seq, 0));
    f->about = account;
    return f;
  };
  const auto happened = [&](std::uint64_t seq) {
    auto f = std::make_shared<frame>(*make_frame(trades, seq, 0));
    f->role = frame_role::happening;
    return f;
  };
  auto news = news_of({about("a", 1), about("b", 2), about("a", 3), happened(1), happened(2)});
  channels.publish(news);
  EXPECT_FALSE(channels.knows_channel(accounts)) << "no user was named";
  news.user = "ada";
  channels.publish(news);
  channels.subscribe(alice, accounts, std::nullopt);
  EXPECT_EQ((std::vector<std::string>{alice.heard.end() - 2, alice.heard.end()}),
            (std::vector<std::string>{"#2", "#3"}));
  channels.subscribe(bob, trades, std::nullopt);
  EXPECT_EQ(bob.heard.size(), 1u); // that it subscribed
  ear eve;
  channels.subscribe(eve, trades, 1); // what was missed is there all the same
  EXPECT_EQ(eve.heard.back(), "#2");
}

TEST_F(hub_test, the_channels_of_a_user_last_until_the_user_is_forgotten) {
  const std::string accounts = "user:ada:accounts";
  auto news = news_of({make_frame(accounts, 7, 0)});
  news.user = "ada";
  channels.publish(news);
  channels.subscribe(alice, accounts, std::nullopt);
  channels.drop(alice);
  EXPECT_TRUE(channels.knows_channel(accounts)) << "who comes back finds what was said";
  channels.subscribe(bob, accounts, std::nullopt);
  channels.forget_user("ada");
  EXPECT_TRUE(channels.knows_channel(accounts)) << "somebody hears it";
  channels.unsubscribe(bob, accounts);
  EXPECT_FALSE(channels.knows_channel(accounts));
}

TEST_F(hub_test, who_comes_back_before_a_channel_speaks_is_told_the_gap_with_its_first_frame) {
  channels.subscribe(alice, signals, 3);
  channels.subscribe(bob, signals, std::nullopt);
  EXPECT_EQ(alice.heard.size(), 1u);
  channels.publish(news_of({make_frame(signals, 9)}));
  ASSERT_EQ(alice.heard.size(), 3u);
  EXPECT_EQ(alice.heard[1], R"({"event":"gap","channel":"signals:BTCUSDT","from":4,"to":8})");
  EXPECT_EQ(alice.heard[2], "#9");
  EXPECT_EQ(bob.heard.size(), 2u) << "who asked for nothing missed nothing";
  channels.publish(news_of({make_frame(signals, 10)}));
  EXPECT_EQ(alice.heard.size(), 4u) << "once";
}

struct hub_of_a_cluster : hub_test {
  void say(std::uint64_t n) { channels.publish(news_of({make_frame(signals, at(n))})); }
  static std::uint64_t at(std::uint64_t n) { return numbers_begin + n; }
  static std::string text(std::uint64_t n) { return "#" + std::to_string(at(n)); }
  static std::string gap(std::uint64_t from, std::uint64_t to) {
    return R"({"event":"gap","channel":"signals:BTCUSDT","from":)" + std::to_string(at(from))
        + ",\"to\":" + std::to_string(at(to)) + "}";
  }
};

TEST_F(hub_of_a_cluster, who_has_heard_more_at_another_node_hears_nothing_again) {
  say(1);
  channels.subscribe(alice, signals, at(3));
  channels.subscribe(bob, signals, at(1));
  for (std::uint64_t n = 2; n <= 5; ++n) say(n);
  ASSERT_EQ(alice.heard.size(), 3u);
  EXPECT_EQ(alice.heard[1], text(4));
  EXPECT_EQ(alice.heard[2], text(5));
  EXPECT_EQ(bob.heard.size(), 5u) << "others hear everything";
}

TEST_F(hub_of_a_cluster,
       what_this_node_never_hears_of_is_told_as_a_gap_from_the_listeners_own_number) {
  say(1);
  channels.subscribe(alice, signals, at(3));
  channels.subscribe(bob, signals, at(1));
  say(7);
  ASSERT_EQ(alice.heard.size(), 3u);
  EXPECT_EQ(alice.heard[1], gap(4, 6));
  EXPECT_EQ(alice.heard[2], text(7));
  EXPECT_EQ(bob.heard[1], gap(2, 6));
  say(8);
  EXPECT_EQ(alice.heard.size(), 4u) << "once";
}

TEST_F(hub_of_a_cluster, a_node_that_has_just_started_knows_that_others_are_ahead) {
  channels.subscribe(alice, signals, at(3));
  say(2);
  say(3);
  EXPECT_EQ(alice.heard.size(), 1u);
  say(4);
  EXPECT_EQ(alice.heard.back(), text(4));
  EXPECT_EQ(alice.heard.size(), 2u);
}

TEST_F(hub_of_a_cluster, who_leaves_or_asks_anew_while_it_waits_is_not_waited_for) {
  say(1);
  channels.subscribe(alice, signals, at(9));
  channels.subscribe(alice, signals, at(1)); // as it should have said at first
  channels.subscribe(bob, signals, at(9));
  channels.drop(bob);
  say(2);
  EXPECT_EQ(alice.heard.back(), text(2));
  EXPECT_EQ(bob.heard.size(), 1u);
  channels.subscribe(bob, signals, std::nullopt);
  say(3);
  EXPECT_EQ(bob.heard.back(), text(3));
}

TEST_F(hub_test, a_number_of_a_node_alone_that_is_ahead_is_of_an_earlier_life) {
  channels.publish(news_of({make_frame(signals, 5)}));
  channels.subscribe(alice, signals, 900);
  EXPECT_EQ(alice.heard.back(), "#5");
}

struct resumed_user : hub_test {
  // What the publisher says of a user who is there anew.
  void meet(std::uint64_t begins_after) {
    frame_set news;
    news.user = "ada";
    news.begins_after = begins_after;
    channels.publish(news);
  }
  void say(std::uint64_t seq) {
    auto news = news_of({make_frame(trades, seq, 0)});
    news.user = "ada";
    channels.publish(news);
  }
  void come_back(ear& who, std::optional<std::uint64_t> since) {
    channels.open_user_channel(trades);
    channels.subscribe(who, trades, since);
  }
  static std::string gap(int from, int to) {
    return R"({"event":"gap","channel":"user:ada:trades","from":)" + std::to_string(from)
        + ",\"to\":" + std::to_string(to) + "}";
  }
  const std::string trades = "user:ada:trades";
};

TEST_F(resumed_user, is_told_at_once_what_was_forgotten_meanwhile) {
  meet(100);
  say(101);
  channels.forget_user("ada");
  meet(200);
  come_back(alice, 101);
  ASSERT_EQ(alice.heard.size(), 2u);
  EXPECT_EQ(alice.heard[0], R"({"event":"subscribed","channel":"user:ada:trades","seq":200})");
  EXPECT_EQ(alice.heard[1], gap(102, 200));
  say(201);
  EXPECT_EQ(alice.heard.back(), "#201");
  EXPECT_EQ(alice.heard.size(), 3u);
  come_back(bob, 200); // whose number is of this life
  EXPECT_EQ(bob.heard.back(), "#201");
  EXPECT_EQ(bob.heard.size(), 2u);
  EXPECT_EQ(counts.frames_dropped.load(), 0u);
}

TEST_F(resumed_user, is_told_as_well_when_the_subscription_was_faster_than_the_news_of_it) {
  ear eve, newcomer;
  come_back(alice, 101);
  come_back(bob, 200);
  come_back(eve, 900); // given by another node
  come_back(newcomer, std::nullopt);
  EXPECT_EQ(alice.heard.size(), 1u);
  meet(200);
  EXPECT_EQ(alice.heard.back(), gap(102, 200));
  EXPECT_EQ(bob.heard.size(), 1u) << "nothing was missed";
  EXPECT_EQ(eve.heard.back(), gap(1, 200)) << "all is new";
  EXPECT_EQ(newcomer.heard.size(), 1u);
  say(201);
  for (auto* who : {&alice, &bob, &eve, &newcomer}) EXPECT_EQ(who->heard.back(), "#201");
}

TEST_F(resumed_user, hears_of_the_gap_also_on_a_socket_that_stayed) {
  meet(100);
  come_back(alice, std::nullopt);
  say(101);
  channels.forget_user("ada"); // another socket of hers made the node forget and meet her again
  meet(200);
  EXPECT_EQ(alice.heard.back(), gap(102, 200));
  say(201);
  EXPECT_EQ(alice.heard.back(), "#201");
}

// Whoever comes and goes in whatever order: each hears what it subscribed to, once.
TEST_F(hub_test, seats_are_kept_straight_by_a_thousand_changes) {
  const std::vector<std::string> names{signals, "predictions:BTCUSDT", "ticker:BTCUSDT"};
  std::vector<std::unique_ptr<ear>> ears;
  std::vector<std::set<std::size_t>> wanted(20);
  for (int i = 0; i < 20; ++i) ears.push_back(std::make_unique<ear>());
  std::mt19937 random{7};
  std::uint64_t seq = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto who = random() % ears.size(), what = random() % names.size();
    const auto act = random() % 5;
    if (act < 3) {
      channels.subscribe(*ears[who], names[what], std::nullopt);
      wanted[who].insert(what);
    } else if (act == 3) {
      channels.unsubscribe(*ears[who], names[what]);
      wanted[who].erase(what);
    } else {
      channels.drop(*ears[who]);
      wanted[who].clear();
    }
    for (auto& e : ears) e->heard.clear();
    ++seq;
    for (std::size_t n = 0; n < names.size(); ++n)
      channels.publish(news_of({make_frame(names[n], seq)}));
    channels.flush_due(1000);
    for (std::size_t e = 0; e < ears.size(); ++e)
      ASSERT_EQ(ears[e]->heard.size(), wanted[e].size()) << "step " << i;
  }
}

} // namespace troupe::test
