// The data API over a real socket: what is stored beside the feed, orders to sync, spreads.
#include "client.hpp"
#include "node.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace troupe::test {

namespace {

using nlohmann::json;

struct data_api : ::testing::Test {
  node own;
  client http{own.port()};

  json get(const std::string& path) {
    const auto a = http.get(path);
    EXPECT_EQ(a.status, 200) << path << ' ' << a.body;
    return json::parse(a.body, nullptr, false);
  }
};

} // namespace

TEST_F(data_api, the_status_names_every_symbol) {
  const auto all = get("/sync/status")["symbols"];
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0],
            json::parse(R"({"symbol":"BTCUSDT","last_candle":null,"gaps":0,"lag_ms":null,)"
                        R"("source":"","status":"empty"})"));
}

TEST_F(data_api, an_order_is_a_job_that_can_be_asked_for) {
  const auto a = http.post("/sync/trigger", R"({"ticker_id":"BTCUSDT"})");
  ASSERT_EQ(a.status, 202) << a.body;
  const auto id = json::parse(a.body)["job_id"].get<std::string>();
  EXPECT_EQ(id.substr(0, 5), "sync-");
  const auto j = get("/jobs/" + id);
  EXPECT_EQ(j["kind"], "sync");
  EXPECT_EQ(http.get("/jobs/sync-nobody").status, 404);
}

TEST_F(data_api, an_order_names_a_symbol_we_have) {
  EXPECT_EQ(http.post("/sync/trigger", R"({"ticker_id":"NOSUCH"})").status, 404);
  for (auto body : {"", "{", "{}", R"({"ticker_id":7})", R"({"ticker_id":null})"})
    EXPECT_EQ(http.post("/sync/trigger", body).status, 400) << body;
}

TEST_F(data_api, the_history_of_a_series_is_told) {
  const auto h = get("/sync/history/BTCUSDT");
  EXPECT_EQ(h["ticker_id"], "BTCUSDT");
  EXPECT_EQ(h["records_count"], 0);
  EXPECT_TRUE(h["last_sync"].is_null());
  EXPECT_TRUE(h.contains("gaps"));
  EXPECT_EQ(http.get("/sync/history/NOSUCH").status, 404);
}

TEST_F(data_api, spreads_are_told_by_session) {
  const auto all = get("/spreads/BTCUSDT");
  EXPECT_EQ(all,
            json::parse(R"({"ticker_id":"BTCUSDT","session":"all","avg_spread":0.75,"min":0.5,)"
                        R"("max":1.25,"count":4,"from":"2026-01-05T00:00:00.000Z",)"
                        R"("to":"2026-01-05T01:00:00.000Z"})"));
  const auto none = get("/spreads/BTCUSDT?session=london");
  EXPECT_EQ(none["count"], 0);
  EXPECT_TRUE(none["avg_spread"].is_null());
  EXPECT_EQ(get("/spreads/BTCUSDT?session=asia")["count"], 4);
  EXPECT_EQ(http.get("/spreads/BTCUSDT?session=moon").status, 400);
  EXPECT_EQ(http.get("/spreads/NOSUCH").status, 404);
}

} // namespace troupe::test
