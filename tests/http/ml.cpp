// /api/ml and /ml over a real socket: envelope, extra fields, the log of what was served, and every
// bad input.
#include "users.hpp"

#include <gtest/gtest.h>

namespace troupe::test {

namespace {

class ml_routes : public ::testing::Test {
protected:
  // Until the hub has it: the newest bulletin answers from then on.
  void publish(const symbol_name& symbol) {
    client ws{own_.port()};
    ASSERT_TRUE(ws.upgrade("/ws/" + symbol));
    ASSERT_TRUE(ws.read_frame() && ws.read_frame());
    own_.publish(sample_bulletin(symbol));
    ASSERT_TRUE(ws.read_frame());
  }

  node own_{{}, {1000, 100}};
  user_client say_{own_};
};

constexpr const char* btc6 = R"({"symbol":"BTCUSDT","horizon":6})";

} // namespace

TEST_F(ml_routes, a_prediction_comes_in_the_envelope_with_prices_as_people_read_them) {
  const auto a = say_.post("/api/ml/predictions", btc6);
  ASSERT_EQ(a.status, 200) << a.body;
  const auto data = data_of(a);
  EXPECT_EQ(data["symbol"], "BTCUSDT");
  EXPECT_EQ(data["predicted_high"], 1250);
  EXPECT_EQ(data["formattedPredictedHigh"], "$1,250");
  EXPECT_EQ(data["formattedPredictedLow"], "$875");
  EXPECT_FALSE(cached(a));
}

TEST_F(ml_routes, a_signal_comes_with_its_emoji_and_label) {
  const auto a = say_.post("/api/ml/signals", btc6);
  ASSERT_EQ(a.status, 200) << a.body;
  const auto data = data_of(a);
  EXPECT_EQ(data["signal"]["type"], "buy");
  EXPECT_EQ(data["signalEmoji"], "📈");
  EXPECT_EQ(data["confidenceLabel"], "Medium");
  EXPECT_TRUE(data.contains("tpsl") && data.contains("price_range"));
}

TEST_F(ml_routes, the_newest_bulletin_answers_and_says_that_it_was_cached) {
  publish("WARMUSD"); // whose actor would only refuse
  for (const auto* path : {"/api/ml/predictions", "/api/ml/signals"}) {
    const auto hits = own_.counts->cache_hits.load();
    const auto a = say_.post(path, R"({"symbol":"WARMUSD","horizon":18})");
    ASSERT_EQ(a.status, 200) << a.body;
    EXPECT_TRUE(cached(a));
    EXPECT_EQ(data_of(a)["horizon"], 18);
    EXPECT_TRUE(data_of(a).contains("confidenceLabel"));
    EXPECT_EQ(own_.counts->cache_hits.load(), hits + 1);
  }
  const auto one = say_.get("/ml/predictions/WARMUSD?horizon=72");
  EXPECT_TRUE(cached(one));
  EXPECT_EQ(data_of(one)["prediction"]["horizon"], 72);
  const auto all = say_.get("/api/ml/predict/WARMUSD");
  EXPECT_TRUE(cached(all));
  EXPECT_EQ(data_of(all)["predictions"]["swing"]["horizon"], 36);
  const auto some = say_.as("ann", "GET", "/ml/signals/WARMUSD?horizon=6");
  EXPECT_TRUE(cached(some));
  EXPECT_EQ(data_of(some)["signals"][0]["signalEmoji"], "📈");
  EXPECT_EQ(data_of(say_.as("ann", "GET", "/api/ml/signals/history"))["total"], 1);
  EXPECT_EQ(told(say_.post("/api/ml/signals", R"({"symbol":"WARMUSD","horizon":36})")),
            "503 FEATURE_ERROR");
}

TEST_F(ml_routes, parts_of_a_signal_can_be_left_out_in_both_spellings) {
  publish("BTCUSDT");
  for (const auto* spelling :
       {R"("includeRange":false,"includeTpsl":false)",
        R"("include_range":false,"include_tpsl":false)",
        R"("include_range":true,"includeRange":false,"include_tpsl":true,"includeTpsl":false)"}) {
    const auto a = say_.post("/api/ml/signals",
                             R"({"symbol":"BTCUSDT","horizon":6,)" + std::string{spelling} + '}');
    const auto data = data_of(a);
    EXPECT_FALSE(data.contains("price_range")) << spelling;
    EXPECT_FALSE(data.contains("tpsl")) << spelling;
    EXPECT_TRUE(data.contains("signalEmoji"));
  }
  EXPECT_EQ(
      told(say_.post("/api/ml/signals", R"({"symbol":"BTCUSDT","horizon":6,"includeTpsl":1})")),
      "400 VALIDATION_ERROR includeTpsl");
}

TEST_F(ml_routes, predictions_of_all_horizons_come_by_name) {
  const auto all = data_of(say_.get("/api/ml/predict/BTCUSDT"));
  EXPECT_EQ(all["symbol"], "BTCUSDT");
  EXPECT_EQ(all["predictions"].size(), 4u);
  EXPECT_EQ(all["predictions"]["position"]["horizon"], 72);
  EXPECT_EQ(all["predictions"]["scalping"]["formattedPredictedHigh"], "$1,250");
  EXPECT_EQ(data_of(say_.get("/api/ml/predict/BTCUSDT?horizon=swing"))["horizon"], 36);
}

TEST_F(ml_routes, short_forms_name_what_they_bring) {
  const auto one = data_of(say_.get("/ml/predictions/BTCUSDT?horizon=intraday"))["prediction"];
  EXPECT_EQ(one["horizon"], 18);
  EXPECT_EQ(one["formattedPredictedHigh"], "$1,250");
  const auto all = data_of(say_.get("/ml/signals/BTCUSDT"))["signals"];
  ASSERT_EQ(all.size(), 4u);
  for (std::size_t i = 0; i < horizons.size(); ++i) EXPECT_EQ(all[i]["horizon"], horizons[i]);
  const auto some = data_of(say_.get("/ml/signals/BTCUSDT?horizon=36"))["signals"];
  ASSERT_EQ(some.size(), 1u);
  EXPECT_EQ(some[0]["horizon"], 36);
  EXPECT_EQ(some[0]["signalEmoji"], "📈");
  EXPECT_EQ(data_of(say_.get("/ml/indicators/BTCUSDT"))["indicators"]["rsi"], 55.5);
}

TEST_F(ml_routes, indicators_are_those_of_the_timeframe) {
  const auto base = data_of(say_.get("/api/ml/indicators/BTCUSDT?indicators=rsi,sma"));
  EXPECT_EQ(base["rsi"], 55.5);
  EXPECT_EQ(base["sma"]["10"], 100);
  EXPECT_FALSE(base.contains("atr"));
  const auto hours = data_of(say_.get("/api/ml/indicators/BTCUSDT?timeframe=1h"));
  EXPECT_EQ(hours["sma"]["50"], 1.5) << "of the fixture's candles, which all close at 1.5";
  EXPECT_EQ(hours["amd_phase"], "none");
  EXPECT_EQ(data_of(say_.get("/ml/indicators/BTCUSDT?timeframe=4h"))["indicators"]["ema"]["12"],
            1.5);
}

TEST_F(ml_routes, a_user_reads_back_what_that_user_was_served_and_nothing_else) {
  publish("ETHUSDT");
  say_.as("ann", "POST", "/api/ml/signals", btc6);
  say_.as("ann", "POST", "/api/ml/signals", R"({"symbol":"ETHUSDT","horizon":18})"); // cached
  say_.as("bob", "GET", "/ml/signals/BTCUSDT");
  const auto ann = data_of(say_.as("ann", "GET", "/api/ml/signals/history"));
  EXPECT_EQ(ann["total"], 2);
  ASSERT_EQ(ann["signals"].size(), 2u);
  EXPECT_EQ(ann["signals"][0]["id"], "ETHUSDT-18");
  EXPECT_EQ(ann["signals"][1]["id"], "BTCUSDT-6");
  EXPECT_EQ(ann["signals"][0].value("served_at", ""), "2026-01-05T10:30:00.000Z");
  EXPECT_EQ(ann["signals"][0]["signalEmoji"], "📈");
  EXPECT_TRUE(ann["signals"][0]["outcome"].is_null());
  EXPECT_EQ(data_of(say_.as("bob", "GET", "/api/ml/signals/history"))["total"], 4);
  EXPECT_EQ(data_of(say_.as("eve", "GET", "/api/ml/signals/history"))["total"], 0);
  EXPECT_EQ(own_.counts->signals_served.load(), 6u);
  EXPECT_EQ(own_.counts->served_dropped.load(), 0u);
}

TEST_F(ml_routes, what_was_refused_was_not_served) {
  say_.as("ann", "POST", "/api/ml/signals", R"({"symbol":"WARMUSD","horizon":6})");
  say_.as("ann", "GET", "/ml/signals/WARMUSD");
  say_.as("ann", "POST", "/api/ml/signals", "{");
  EXPECT_EQ(data_of(say_.as("ann", "GET", "/api/ml/signals/history"))["total"], 0);
}

TEST_F(ml_routes, bad_bodies_are_refused_with_the_field_named) {
  struct row {
    const char *body, *told;
  };
  for (const auto& [body, words] :
       {row{"", "400 VALIDATION_ERROR body"}, row{"[]", "400 VALIDATION_ERROR body"},
        row{R"({"horizon":6})", "400 VALIDATION_ERROR symbol"},
        row{R"({"symbol":"BTCUSDT"})", "400 VALIDATION_ERROR horizon"},
        row{R"({"symbol":"BTCUSDT","horizon":7})", "400 VALIDATION_ERROR horizon"},
        row{R"({"symbol":"BTCUSDT","horizon":"6"})", "400 VALIDATION_ERROR horizon"},
        row{R"({"symbol":"NOPE","horizon":6})", "404 SYMBOL_NOT_FOUND symbol"}})
    for (const auto* path : {"/api/ml/predictions", "/api/ml/signals"})
      EXPECT_EQ(told(say_.post(path, body)), words) << path << ' ' << body;
}

TEST_F(ml_routes, bad_queries_are_refused_with_the_field_named) {
  struct row {
    const char *path, *told;
  };
  for (const auto& [path, words] :
       {row{"/api/ml/predict/BTCUSDT?horizon=7", "400 VALIDATION_ERROR horizon"},
        row{"/ml/predictions/BTCUSDT", "400 VALIDATION_ERROR horizon"},
        row{"/ml/predictions/BTCUSDT?horizon=4294967302", "400 VALIDATION_ERROR horizon"},
        row{"/ml/signals/BTCUSDT?horizon=day", "400 VALIDATION_ERROR horizon"},
        row{"/ml/signals/BTCUSDT?horizon=", "400 VALIDATION_ERROR horizon"},
        row{"/ml/indicators/BTCUSDT?timeframe=2m", "400 VALIDATION_ERROR timeframe"},
        row{"/api/ml/indicators/BTCUSDT?indicators=foo", "400 VALIDATION_ERROR indicators"},
        row{"/api/ml/signals/history?limit=0", "400 VALIDATION_ERROR limit"},
        row{"/api/ml/signals/history?limit=501", "400 VALIDATION_ERROR limit"},
        row{"/api/ml/signals/history?type=none", "400 VALIDATION_ERROR type"},
        row{"/api/ml/signals/history?horizon=5", "400 VALIDATION_ERROR horizon"},
        row{"/api/ml/signals/history?symbol=NOPE", "404 SYMBOL_NOT_FOUND symbol"},
        row{"/api/ml/predict/NOPE", "404 SYMBOL_NOT_FOUND symbol"},
        row{"/ml/predictions/NOPE?horizon=6", "404 SYMBOL_NOT_FOUND symbol"},
        row{"/ml/signals/NOPE", "404 SYMBOL_NOT_FOUND symbol"},
        row{"/ml/indicators/NOPE?timeframe=1h", "404 SYMBOL_NOT_FOUND symbol"},
        row{"/api/ml/indicators/NOPE", "404 SYMBOL_NOT_FOUND symbol"}})
    EXPECT_EQ(told(say_.get(path)), words) << path;
}

TEST_F(ml_routes, who_cannot_answer_yet_says_when_to_ask_again) {
  const auto a = say_.post("/api/ml/predictions", R"({"symbol":"WARMUSD","horizon":6})");
  EXPECT_EQ(told(a), "503 FEATURE_ERROR");
  EXPECT_EQ(a.header("Retry-After"), "5");
  EXPECT_EQ(told(say_.get("/ml/signals/WARMUSD")), "503 FEATURE_ERROR");
  EXPECT_EQ(told(say_.get("/api/ml/predict/WARMUSD")), "503 FEATURE_ERROR");
  EXPECT_EQ(say_.get("/ml/indicators/DEADUSD").status, 503);
}

} // namespace troupe::test
