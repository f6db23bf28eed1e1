// What a node shares with others and takes from them: the text of events for those outside, and
// answers of another node while this one warms up.
#include "money.hpp"

#include "http/codec_frames.hpp"

#include <caf/send.hpp>
#include <gtest/gtest.h>

#include <future>

namespace troupe::test {

namespace {

constexpr const char* warming = R"({"symbol":"WARMUSD","horizon":6})";

answer insist_on(int status, const std::function<answer()>& ask) {
  answer a = ask();
  for (int i = 0; i < 1000 && a.status != status; ++i) a = ask(); // until the cache has it
  return a;
}

TEST(sharing_http, a_node_that_warms_up_answers_with_another_s_prediction_and_says_so) {
  node own;
  client http{own.port()};
  EXPECT_EQ(told(http.post("/predictions", warming)), "503 FEATURE_ERROR");
  caf::anon_send(own.cache, put_cached{prediction_key("WARMUSD", 6), R"({"symbol":"WARMUSD"})", 1});
  const auto a = insist_on(200, [&] { return http.post("/predictions", warming); });
  EXPECT_EQ(a.body, R"({"symbol":"WARMUSD","cached":true})");
  EXPECT_EQ(http.post("/predictions", R"({"symbol":"WARMUSD","horizon":18})").status, 503);
  EXPECT_EQ(http.get("/api/predict/WARMUSD?horizon=scalping").body, a.body);
}

TEST(sharing_http, what_a_node_knows_itself_is_not_taken_from_others) {
  node own;
  client http{own.port()};
  caf::anon_send(own.cache, put_cached{prediction_key("BTCUSDT", 6), R"({"stale":1})", 1});
  caf::anon_send(own.cache, put_cached{prediction_key("DEADUSD", 6), R"({"stale":1})", 1});
  const auto a = http.post("/predictions", R"({"symbol":"BTCUSDT","horizon":6})");
  EXPECT_EQ(json::parse(a.body).count("cached"), 0u);
  EXPECT_EQ(http.post("/predictions", R"({"symbol":"DEADUSD","horizon":6})").status, 503)
      << "an actor that is gone is no warm-up";
}

TEST(sharing_http, indicators_are_shared_whole) {
  node own;
  client http{own.port()};
  EXPECT_EQ(http.get("/indicators?symbol=WARMUSD").status, 503);
  EXPECT_EQ(http.get("/indicators?symbol=BTCUSDT").status, 200);
  caf::anon_send(own.cache, put_cached{indicators_key("WARMUSD"), R"({"rsi":1})", 1});
  const auto a = insist_on(200, [&] { return http.get("/indicators?symbol=WARMUSD"); });
  EXPECT_EQ(a.body, R"({"rsi":1,"cached":true})");
  EXPECT_EQ(http.get("/api/indicators/WARMUSD?indicators=rsi").status, 503) << "a part is not";
}

TEST(sharing_http, what_is_published_is_handed_out_once_as_sockets_get_it) {
  auto heard = std::make_shared<std::promise<frame_set_ptr>>();
  auto first = heard->get_future();
  node own{{}, {}, std::chrono::milliseconds{1900}, {}, [heard](const frame_set_ptr& news) {
             heard->set_value(news);
           }};
  own.publish(sample_bulletin("BTCUSDT"));
  ASSERT_EQ(first.wait_for(std::chrono::seconds{10}), std::future_status::ready);
  const auto news = first.get();
  ASSERT_EQ(news->frames.size(), 7u); // the price too
  for (auto& one : news->frames) {
    const auto event = json::parse(payload_of(*one->bytes));
    EXPECT_EQ(event["channel"], one->channel);
    EXPECT_EQ(event["seq"], one->seq);
  }
}

TEST(sharing_http, the_payload_of_a_frame_is_found_whatever_its_size) {
  for (std::size_t size : {0u, 125u, 126u, 65'535u, 65'536u}) {
    const std::string text(size, 'x');
    EXPECT_EQ(payload_of(websocket_frame(text)), text);
  }
}

} // namespace

} // namespace troupe::test
