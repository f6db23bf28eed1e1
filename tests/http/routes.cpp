// Every route over a real socket: what it answers when all is well, and its table of errors.
#include "node.hpp"

#include <nlohmann/json.hpp>

namespace troupe::test {

using nlohmann::json;

class routes : public ::testing::Test {
protected:
  static void SetUpTestSuite() { shared_ = new node; }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }

  static void expect_error(const answer& a, int status, std::string_view code,
                           std::string_view field = "") {
    ASSERT_EQ(a.status, status) << a.body;
    const auto body = json::parse(a.body);
    EXPECT_EQ(body["success"], false);
    EXPECT_EQ(body["error"]["code"], code);
    EXPECT_FALSE(body["error"]["message"].get<std::string>().empty());
    EXPECT_EQ(body["error"]["requestId"], a.header("X-Request-Id"));
    if (!field.empty()) {
      EXPECT_EQ(body["error"]["field"], field) << a.body;
    }
  }

  static node* shared_;
  client http_{shared_->port()};
};

node* routes::shared_ = nullptr;

TEST_F(routes, a_prediction_has_the_fields_of_the_contract) {
  const auto a = http_.post("/predictions", R"({"symbol":"BTCUSDT","horizon":18})");
  ASSERT_EQ(a.status, 200) << a.body;
  EXPECT_EQ(a.body,
            R"({"symbol":"BTCUSDT","horizon":18,"current_price":1000,"predicted_high":1250,)"
            R"("predicted_low":875,"delta_high":0.25,"delta_low":0.125,"interval":{"high":)"
            R"([1015.625,1109.375],"low":[890.625,984.375],"coverage":0.8},"confidence":0.81,)"
            R"("model_version":"v1","candle_time":"2026-01-05T10:30:00.000Z"})");
  EXPECT_EQ(a.header("Content-Type"), "application/json");
}

TEST_F(routes, a_signal_has_the_fields_of_the_contract) {
  const auto a = http_.post("/signals", R"({"symbol":"BTCUSDT","horizon":36})");
  ASSERT_EQ(a.status, 200) << a.body;
  const auto s = json::parse(a.body);
  EXPECT_EQ(s["signal"], json::parse(R"({"type":"buy","direction":"LONG","confidence":0.5})"));
  EXPECT_EQ(s["tpsl"][0]["rr"], 2);
  EXPECT_EQ(s["tpsl"][0]["prob"], 0.5);
  EXPECT_EQ(s["price_range"],
            json::parse(R"({"current":1000,"predicted_high":1030,"predicted_low":995})"));
  EXPECT_EQ(s["timestamp"], "2026-01-05T10:35:00.000Z");
  EXPECT_EQ(s["expires_at"], "2026-01-06T10:35:00.000Z");
  EXPECT_EQ(s["provenance"]["model_hash"], "abc");
  EXPECT_EQ(s["reasons"][0], "expected \"net\" result");
  for (auto key : {"symbol", "horizon", "entry", "sl", "tp", "rr_ratio", "prob_tp_first",
                   "amd_phase", "strategy", "expected_net_r"})
    EXPECT_TRUE(s.contains(key)) << key;
}

TEST_F(routes, parts_of_a_signal_can_be_left_out) {
  const auto a = http_.post("/signals",
                            R"({"symbol":"BTCUSDT","horizon":6,"include_range":false,)"
                            R"("include_tpsl":false})");
  const auto s = json::parse(a.body);
  EXPECT_FALSE(s.contains("price_range"));
  EXPECT_FALSE(s.contains("tpsl"));
}

TEST_F(routes, bad_bodies_are_refused_with_the_field_named) {
  struct row {
    const char *body, *field;
  };
  for (const auto& [body, field] :
       {row{"", "body"}, row{"{", "body"}, row{"[]", "body"}, row{"3", "body"},
        row{"{\"symbol\":\"\xff\"}", "body"}, row{R"({"symbol":"BTCUSDT","horizon":6} x)", "body"},
        row{R"({"horizon":6})", "symbol"}, row{R"({"symbol":7,"horizon":6})", "symbol"},
        row{R"({"symbol":["BTCUSDT"],"horizon":6})", "symbol"},
        row{R"({"symbol":"BTCUSDT"})", "horizon"},
        row{R"({"symbol":"BTCUSDT","horizon":"6"})", "horizon"},
        row{R"({"symbol":"BTCUSDT","horizon":6.0})", "horizon"},
        row{R"({"symbol":"BTCUSDT","horizon":7})", "horizon"},
        row{R"({"symbol":"BTCUSDT","horizon":4294967302})", "horizon"},
        row{R"({"symbol":"BTCUSDT","horizon":[6]})", "horizon"},
        row{R"({"symbol":"BTCUSDT","horizon":null})", "horizon"}}) {
    expect_error(http_.post("/predictions", body), 400, "VALIDATION_ERROR", field);
    expect_error(http_.post("/signals", body), 400, "VALIDATION_ERROR", field);
  }
  expect_error(http_.post("/signals", R"({"symbol":"BTCUSDT","horizon":6,"include_tpsl":1})"), 400,
               "VALIDATION_ERROR", "include_tpsl");
  expect_error(http_.post("/predictions", std::string(1000, '[')), 400, "VALIDATION_ERROR", "body");
  expect_error(http_.post("/predictions", R"({"x":)" + std::string(1000, '[')), 400,
               "VALIDATION_ERROR", "body");
}

TEST_F(routes, unknown_fields_are_ignored) {
  const auto a = http_.post("/predictions",
                            R"({"x":{"symbol":1,"y":[[6]]},"symbol":"BTCUSDT",)"
                            R"("z":[{"horizon":1}],"horizon":6})");
  EXPECT_EQ(a.status, 200) << a.body;
}

TEST_F(routes, an_unknown_symbol_is_404_wherever_it_is_named) {
  const auto body = R"({"symbol":"NOPE","horizon":6})";
  expect_error(http_.post("/predictions", body), 404, "SYMBOL_NOT_FOUND", "symbol");
  expect_error(http_.post("/signals", body), 404, "SYMBOL_NOT_FOUND", "symbol");
  expect_error(http_.post("/models/train", R"({"symbol":"btcusdt"})"), 404, "SYMBOL_NOT_FOUND");
  for (auto path : {"/api/predict/NOPE", "/api/signals/NOPE", "/api/indicators/NOPE",
                    "/api/history/NOPE", "/indicators?symbol=NOPE", "/signals/history?symbol=NOPE",
                    "/models/status?symbol=NOPE", "/ws/NOPE"})
    expect_error(http_.get(path), 404, "SYMBOL_NOT_FOUND", "symbol");
}

TEST_F(routes, bad_query_values_are_refused_with_the_field_named) {
  struct row {
    const char *path, *field;
  };
  for (const auto& [path, field] :
       {row{"/indicators", "symbol"}, row{"/api/predict/BTCUSDT?horizon=6", "horizon"},
        row{"/api/signals/BTCUSDT?timeframe=4h", "timeframe"},
        row{"/api/indicators/BTCUSDT?indicators=rsi,foo", "indicators"},
        row{"/api/history/BTCUSDT?limit=0", "limit"},
        row{"/api/history/BTCUSDT?limit=5001", "limit"},
        row{"/api/history/BTCUSDT?limit=5x", "limit"},
        row{"/api/history/BTCUSDT?timeframe=2m", "timeframe"},
        row{"/signals/history?horizon=7", "horizon"}, row{"/signals/history?type=long", "type"},
        row{"/signals/history?limit=501", "limit"}, row{"/signals/history?offset=-1", "offset"},
        row{"/signals/history?type=%zz", "query"}, row{"/api/predict/BTC%2", "path"}})
    expect_error(http_.get(path), 400, "VALIDATION_ERROR", field);
}

TEST_F(routes, history_of_signals_carries_outcomes_once_known) {
  const auto page = json::parse(http_.get("/signals/history?limit=2&type=buy&horizon=6").body);
  EXPECT_EQ(page["total"], 2);
  EXPECT_EQ(page["limit"], 2);
  EXPECT_EQ(page["offset"], 0);
  EXPECT_EQ(page["signals"][0]["outcome"],
            json::parse(R"({"outcome":"tp","pnl_r":2,"pnl_percent":1.25,"hypothetical":false})"));
  EXPECT_TRUE(page["signals"][1]["outcome"].is_null());
}

TEST_F(routes, indicators_can_be_chosen) {
  const auto all = json::parse(http_.get("/indicators?symbol=BTCUSDT").body);
  EXPECT_EQ(all["sma"]["10"], 100);
  EXPECT_EQ(all["amd_phase"], "none");
  EXPECT_EQ(all["macd"].size(), 3u);
  const auto some = http_.get("/api/indicators/BTCUSDT?indicators=rsi,atr").body;
  EXPECT_EQ(some,
            R"({"symbol":"BTCUSDT","rsi":55.5,"atr":0,)"
            R"("candle_time":"2026-01-05T10:30:00.000Z"})");
}

TEST_F(routes, predictions_can_be_had_by_name_or_all_at_once) {
  const auto all = json::parse(http_.get("/api/predict/BTCUSDT").body);
  EXPECT_EQ(all["predictions"].size(), 4u);
  EXPECT_EQ(all["predictions"]["position"]["horizon"], 72);
  EXPECT_EQ(json::parse(http_.get("/api/predict/BTC%55SDT?horizon=swing").body)["horizon"], 36);
}

TEST_F(routes, a_timeframe_picks_the_horizon_of_a_signal) {
  EXPECT_EQ(json::parse(http_.get("/api/signals/BTCUSDT").body)["horizon"], 6);
  EXPECT_EQ(json::parse(http_.get("/api/signals/BTCUSDT?timeframe=15m").body)["horizon"], 18);
  EXPECT_EQ(json::parse(http_.get("/api/signals/BTCUSDT?timeframe=1h").body)["horizon"], 36);
}

TEST_F(routes, history_is_candles_of_a_timeframe) {
  const auto h = json::parse(http_.get("/api/history/BTCUSDT?limit=3&timeframe=1h").body);
  EXPECT_EQ(h["timeframe"], "1h");
  ASSERT_EQ(h["candles"].size(), 3u);
  EXPECT_EQ(h["candles"][1]["timestamp"], "2026-01-05T11:30:00.000Z");
  EXPECT_EQ(json::parse(http_.get("/api/history/BTCUSDT").body)["candles"].size(), 500u);
}

TEST_F(routes, models_and_their_metrics) {
  const auto m = json::parse(http_.get("/models/status").body)["models"][0];
  EXPECT_EQ(m["name"], "BTCUSDT-range-6-high");
  EXPECT_EQ(m["trained_at"], "2026-01-05T10:30:00.000Z");
  const auto x = json::parse(http_.get("/models/BTCUSDT-range-6-high/metrics").body);
  EXPECT_EQ(x["mae"], 0.001);
  EXPECT_EQ(x["validation"]["skill"], 0.12);
  EXPECT_EQ(x["live"]["version"], "v1");
  EXPECT_EQ(x["live"]["coverage_q80"], 0.81);
  EXPECT_EQ(x["live"]["from"], "2026-01-04T10:30:00.000Z");
  EXPECT_EQ(x["challenger"]["version"], "v2");
  EXPECT_EQ(x["trial"]["state"], "running");
  EXPECT_EQ(x["trial"]["candles"], 12);
  EXPECT_EQ(x["trials"][0]["state"], "rejected");
  EXPECT_EQ(x["trials"][0]["range"]["difference"], -0.5);
  expect_error(http_.get("/models/nope/metrics"), 404, "MODEL_NOT_FOUND", "name");
}

TEST_F(routes, a_version_is_promoted_by_an_operator_alone) {
  const std::string body = R"({"version":"v2"})";
  const auto ask = [&](const std::string& name, const std::string& with) {
    return http_.say("POST", "/models/" + name + "/promote", with, "X-API-Key: sesame\r\n");
  };
  EXPECT_EQ(http_.post("/models/BTCUSDT/promote", body).status, 403);
  for (const auto* name : {"BTCUSDT", "BTCUSDT-range-6-high"}) {
    const auto a = ask(name, body);
    ASSERT_EQ(a.status, 200) << a.body;
    EXPECT_EQ(json::parse(a.body)["champion"], "v2");
    EXPECT_TRUE(json::parse(a.body)["challenger"].is_null());
  }
  expect_error(ask("BTCUSDT", R"({"version":"v7"})"), 404, "MODEL_NOT_FOUND");
  expect_error(ask("BTCUSDT", R"({"version":7})"), 400, "VALIDATION_ERROR", "version");
  expect_error(ask("DOGEUSDT", body), 404, "SYMBOL_NOT_FOUND");
}

TEST_F(routes, training_answers_at_once_with_a_job) {
  const auto a = http_.post("/models/train", R"({"symbol":"BTCUSDT","horizons":[18,6,6]})");
  ASSERT_EQ(a.status, 202) << a.body;
  EXPECT_EQ(json::parse(a.body)["job_id"].get<std::string>().substr(0, 4), "job-");
  expect_error(http_.post("/models/train", R"({"symbol":"BTCUSDT","horizons":[5]})"), 400,
               "VALIDATION_ERROR", "horizons");
  expect_error(http_.post("/models/train", R"({"symbol":"BTCUSDT","horizons":[[6]]})"), 400,
               "VALIDATION_ERROR", "horizons");
  expect_error(http_.post("/models/train", R"({"symbol":"BTCUSDT","horizons":6})"), 400,
               "VALIDATION_ERROR", "horizons");
  const auto j = json::parse(http_.get("/jobs/job-1").body);
  EXPECT_EQ(j["status"], "running");
  EXPECT_EQ(j["progress"], 0.5);
  expect_error(http_.get("/jobs/job-2"), 404, "NOT_FOUND");
}

TEST_F(routes, errors_of_actors_become_answers) {
  const auto warm = http_.post("/predictions", R"({"symbol":"WARMUSD","horizon":6})");
  expect_error(warm, 503, "FEATURE_ERROR");
  EXPECT_EQ(warm.header("Retry-After"), "5");
  expect_error(http_.get("/api/predict/WARMUSD"), 503, "FEATURE_ERROR");
  expect_error(http_.post("/predictions", R"({"symbol":"DEADUSD","horizon":6})"), 503, "BUSY");
  expect_error(http_.get("/signals/history?offset=666"), 503, "STORE_UNAVAILABLE");
}

TEST_F(routes, health_tells_the_node_and_its_parts) {
  EXPECT_EQ(http_.get("/health").body, R"({"status":"healthy","gpu":false,"providers":["cpu"]})");
  EXPECT_EQ(http_.get("/api/v1/health").status, 200);
  EXPECT_EQ(http_.get("/health/live").status, 200);
  EXPECT_EQ(http_.get("/health/ready").body, R"({"status":"ready"})");
  const auto d = json::parse(http_.get("/health/detailed").body);
  EXPECT_EQ(d["status"], "degraded"); // DEADUSD is gone and WARMUSD warms up
  EXPECT_EQ(d["checks"].size(), 9u);
  for (auto& check : d["checks"]) {
    EXPECT_TRUE(check["latencyMs"].is_number());
    const auto& name = check["name"];
    EXPECT_EQ(check["status"],
              name == "symbol:DEADUSD"       ? "unhealthy"
                  : name == "symbol:WARMUSD" ? "degraded"
                                             : "healthy");
  }
  EXPECT_EQ(d["feeds"][0]["state"], "live");
  EXPECT_EQ(d["symbols"].size(), 4u);
  EXPECT_EQ(d["ledger"]["kind"], "sqlite");
  EXPECT_EQ(d["ledger"]["lease"], "none");
  EXPECT_EQ(d["ledger"]["commits"], 9);
  EXPECT_EQ(d["accounts"]["loaded"], 4);
  EXPECT_EQ(d["breakers"].size(), 0u);
}

TEST_F(routes, health_shows_breakers_and_stays_ready_without_the_services_outside) {
  node own;
  client http{own.port()};
  const auto shown = [&](const char* state) {
    dependency_status s;
    s.name = "ml-engine";
    s.state = state;
    s.failures = 5;
    s.opened_at = s.next_try = s.state == "closed" ? 0 : noon;
    s.latency_ms = s.state == "closed" ? -1 : 12;
    own.dependencies->post(s);
    EXPECT_EQ(http.get("/health/ready").status, 200);
    const auto d = json::parse(http.get("/health/detailed").body);
    EXPECT_EQ(d["checks"].back()["name"], "ml-engine");
    EXPECT_EQ(d["checks"].back()["status"], d["breakers"][0]["status"]);
    EXPECT_TRUE(d["checks"].back()["latencyMs"].is_number());
    return d["breakers"][0];
  };
  auto b = shown("closed");
  EXPECT_EQ(b["status"], "healthy");
  EXPECT_TRUE(b["latencyMs"].is_null());
  EXPECT_TRUE(b["opened_at"].is_null());
  EXPECT_EQ(shown("half_open")["status"], "degraded");
  b = shown("open");
  EXPECT_EQ(b["status"], "unhealthy");
  EXPECT_EQ(b["latencyMs"], 12);
  EXPECT_EQ(b["next_try"], "2026-01-05T10:30:00.000Z");
  EXPECT_EQ(b["failures"], 5);
}

TEST_F(routes, stats_and_metrics) {
  const auto s = json::parse(http_.get("/api/stats").body);
  EXPECT_GT(s["requests"]["total"], 0);
  EXPECT_EQ(s["queues"]["store_rows"], 7);
  EXPECT_GT(s["actors"], 5);
  EXPECT_EQ(s["predictions"]["by_symbol"].size(), 5u);
  const auto m = http_.get("/metrics");
  EXPECT_EQ(m.body, "troupe_up 1\n");
  EXPECT_EQ(m.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(routes, every_guarded_route_refuses_without_a_key) {
  node own{{}, {1000, 10}};
  for (auto& r : all_routes()) {
    if (r.guard == guard_kind::none || r.guard == guard_kind::api_key_unless_loopback) continue;
    client http{own.port()};
    for (auto key : {"", "X-API-Key: wrong!\r\n", "X-API-Key: secre\r\n", "X-API-Key: \r\n"}) {
      http.send(std::string{to_string(r.verb)} + " " + std::string{r.pattern}
                + "?api_key=wrong HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n" + key + "\r\n");
      const auto a = http.read_answer();
      expect_error(a, 401, "UNAUTHORIZED");
    }
  }
}

TEST_F(routes, every_route_answers_another_method_with_405_and_allow) {
  for (auto& r : all_routes()) {
    http_.send("PATCH " + std::string{r.pattern} + " HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto a = http_.read_answer();
    expect_error(a, 405, "METHOD_NOT_ALLOWED");
    EXPECT_NE(a.header("Allow").find(to_string(r.verb)), std::string::npos) << r.pattern;
  }
  expect_error(http_.get("/nope"), 404, "NOT_FOUND");
  expect_error(http_.get("/predictions/"), 404, "NOT_FOUND");
}

TEST_F(routes, a_published_bulletin_answers_without_asking_the_symbol) {
  auto said = sample_bulletin("WARMUSD"); // whose actor would only refuse
  client ws{shared_->port()};
  ASSERT_TRUE(ws.upgrade("/ws/WARMUSD"));
  ASSERT_TRUE(ws.read_frame() && ws.read_frame()); // subscribed twice
  shared_->publish(said);
  ASSERT_TRUE(ws.read_frame()); // the bulletin has reached the hub
  const auto before = shared_->counts->cache_hits.load();
  EXPECT_EQ(http_.post("/predictions", R"({"symbol":"WARMUSD","horizon":6})").status, 200);
  EXPECT_EQ(http_.post("/signals", R"({"symbol":"WARMUSD","horizon":6})").status, 200);
  EXPECT_EQ(shared_->counts->cache_hits.load(), before + 2);
  // A bulletin without predictions (a gap) takes the answers back.
  said.predictions.clear();
  said.signals.clear();
  shared_->publish(said);
  said = sample_bulletin("WARMUSD");
  said.predictions.clear();
  said.signals.resize(1);
  shared_->publish(said);
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(ws.read_frame());
  EXPECT_EQ(http_.post("/predictions", R"({"symbol":"WARMUSD","horizon":6})").status, 503);
}

} // namespace troupe::test
