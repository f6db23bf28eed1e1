#include "http/hub.hpp"

#include "http/codec_frames.hpp"

#include <gtest/gtest.h>

namespace troupe::test {

namespace {

struct ear : listener {
  std::vector<std::string> heard; // payloads
  int flushes = 0;
  void deliver(const shared_text& framed) override { heard.push_back(framed->substr(2)); }
  void flush() override { ++flushes; }
};

frame_ptr make_frame(const std::string& channel, std::uint64_t seq, std::int32_t horizon = 6) {
  auto bytes = std::make_shared<const std::string>(websocket_frame("#" + std::to_string(seq)));
  return std::make_shared<const frame>(frame{channel, seq, horizon, bytes});
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

} // namespace troupe::test
