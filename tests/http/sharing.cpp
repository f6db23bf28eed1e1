// What a node shares with others and takes from them: the text of events for those outside, and
// answers of another node while this one warms up.
#include "http/codec_ml.hpp"
#include "money.hpp"
#include "users.hpp"

#include "http/codec_frames.hpp"

#include <caf/scoped_actor.hpp>
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

TEST(sharing_http, users_of_a_node_that_warms_up_hear_another_s_prediction_with_its_words) {
  node own;
  user_client say{own};
  EXPECT_EQ(told(say.post("/api/ml/predictions", warming)), "503 FEATURE_ERROR");
  std::string known;
  append_prediction(known, sample_prediction("WARMUSD", 6));
  caf::anon_send(own.cache, put_cached{prediction_key("WARMUSD", 6), known, 1});
  const auto a =
      insist_on(200, [&] { return say.as("ann", "POST", "/api/ml/predictions", warming); });
  EXPECT_TRUE(cached(a));
  std::string wanted;
  append_user_prediction(wanted, sample_prediction("WARMUSD", 6));
  EXPECT_EQ(data_of(a), json::parse(wanted)) << "as a node that knows would say it";
  const auto brief = say.as("bob", "GET", "/ml/predictions/WARMUSD?horizon=scalping");
  EXPECT_TRUE(cached(brief));
  EXPECT_EQ(data_of(brief)["prediction"], json::parse(wanted));
  EXPECT_EQ(say.as("bob", "GET", "/ml/predictions/WARMUSD?horizon=72").status, 503);
}

TEST(sharing_http, what_is_no_prediction_is_not_passed_on_to_users) {
  node own;
  user_client say{own};
  int asked = 0;
  for (const auto* text : {"[]}", R"({"predicted_high":1,"predicted_low":"x","confidence":1})"}) {
    const auto key = prediction_key("WARMUSD", horizons[asked]);
    caf::anon_send(own.cache, put_cached{key, text, 1});
    caf::scoped_actor self{own.system};
    self->request(own.cache, caf::infinite, get_cached{key})
        .receive([&](const std::string& kept) { EXPECT_EQ(kept, text); },
                 [](const caf::error&) { FAIL(); });
    const auto path = "/ml/predictions/WARMUSD?horizon=" + std::to_string(horizons[asked++]);
    EXPECT_EQ(told(say.get(path)), "503 FEATURE_ERROR") << text;
  }
}

TEST(sharing_http, users_indicators_are_shared_both_ways) {
  node own;
  client engine{own.port()};
  user_client say{own};
  EXPECT_EQ(say.get("/ml/indicators/BTCUSDT").status, 200);
  std::string left;
  caf::scoped_actor self{own.system};
  for (int i = 0; i < 1000 && left.empty(); ++i) // until the cache has it
    self->request(own.cache, caf::infinite, get_cached{indicators_key("BTCUSDT")})
        .receive([&](const std::string& kept) { left = kept; }, [](const caf::error&) { FAIL(); });
  EXPECT_EQ(left, engine.get("/indicators?symbol=BTCUSDT").body);
  caf::anon_send(own.cache, put_cached{indicators_key("WARMUSD"), R"({"rsi":1})", 1});
  const auto a = insist_on(200, [&] { return say.as("ann", "GET", "/ml/indicators/WARMUSD"); });
  EXPECT_TRUE(cached(a));
  EXPECT_EQ(data_of(a)["indicators"], json::parse(R"({"rsi":1})"));
  EXPECT_EQ(say.get("/api/ml/indicators/WARMUSD?indicators=rsi").status, 503) << "a part is not";
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
