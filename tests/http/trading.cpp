// /trading over a real socket: symbols, candles of a range, the stream of one symbol, watchlists.
#include "messages/watchlist.hpp"
#include "users.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace troupe::test {

namespace {

class trading_routes : public ::testing::Test {
protected:
  json candles(const std::string& query) {
    return data_of(say_.get("/trading/candles/BTCUSDT" + query))["candles"];
  }
  json lists(const std::string& user) {
    return data_of(say_.as(user, "GET", "/trading/watchlists"))["watchlists"];
  }
  json make(const std::string& user, const std::string& body) {
    const auto a = say_.as(user, "POST", "/trading/watchlists", body);
    EXPECT_EQ(a.status, 201) << a.body;
    return data_of(a)["watchlist"];
  }

  node own_{{}, {1000, 100}};
  user_client say_{own_};
};

const std::string lists_path = "/trading/watchlists";

} // namespace

TEST_F(trading_routes, symbols_say_what_they_are) {
  const auto all = data_of(say_.get("/trading/symbols"))["symbols"];
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0],
            json::parse(R"({"symbol":"BTCUSDT","asset_type":"crypto","base":"BTC",)"
                        R"("quote":"USDT"})"));
  EXPECT_EQ(data_of(say_.get("/trading/symbols?asset_type=crypto"))["symbols"].size(), 5u);
  EXPECT_TRUE(data_of(say_.get("/trading/symbols?asset_type=forex"))["symbols"].empty());
  EXPECT_EQ(told(say_.get("/trading/symbols?asset_type=stocks")),
            "400 VALIDATION_ERROR asset_type");
}

TEST_F(trading_routes, candles_without_a_range_are_the_newest) {
  const auto data = data_of(say_.get("/trading/candles/BTCUSDT?tf=1h&limit=3"));
  EXPECT_EQ(data["symbol"], "BTCUSDT");
  EXPECT_EQ(data["timeframe"], "1h");
  EXPECT_EQ(data["candles"].size(), 3u);
  EXPECT_EQ(candles("").size(), 500u);
}

// The store has the hour from 9:30 to 10:30.
TEST_F(trading_routes, a_range_begins_with_from_and_ends_before_to) {
  const auto ms = [](utc_ms minutes_before_noon) {
    return std::to_string(noon - minutes_before_noon * minute_ms);
  };
  const auto some = candles("?from=2026-01-05T10:00:00Z&to=" + ms(15));
  ASSERT_EQ(some.size(), 3u);
  EXPECT_EQ(some[0]["timestamp"], "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(some[2]["open_time"], noon - 20 * minute_ms);
  EXPECT_EQ(candles("?from=" + ms(10)).size(), 2u);
  EXPECT_EQ(candles("?to=2026-01-05T09:40:00Z").size(), 2u);
  EXPECT_EQ(candles("?from=" + ms(32)).size(), 6u) << "not the one that was open then";
  const auto newest = candles("?to=" + ms(0) + "&limit=2");
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0]["open_time"], noon - 10 * minute_ms);
  EXPECT_TRUE(candles("?from=" + ms(5) + "&to=" + ms(5)).empty());
}

TEST_F(trading_routes, longer_candles_of_a_range_are_whole) {
  const auto all = candles("?tf=15m&from=2026-01-05T00:00:00Z");
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0]["timestamp"], "2026-01-05T09:30:00.000Z");
  EXPECT_EQ(all[0]["open"], 1);
  EXPECT_EQ(all[0]["high"], 5);
  EXPECT_EQ(all[0]["low"], 0.5);
  EXPECT_EQ(all[0]["close"], 4);
  EXPECT_EQ(all[0]["volume"], 30);
  EXPECT_EQ(candles("?tf=15m&from=2026-01-05T09:40:00Z").size(), 3u) << "the cut one is left out";
  EXPECT_EQ(candles("?tf=15m&to=2026-01-05T09:46:00Z").size(), 2u);
  EXPECT_EQ(candles("?tf=15m&to=2026-01-05T10:30:00Z&limit=1")[0]["timestamp"],
            "2026-01-05T10:15:00.000Z");
  EXPECT_TRUE(candles("?tf=1h&from=0").empty()) << "no hour is there as a whole";
}

TEST_F(trading_routes, bad_ranges_are_refused_with_the_field_named) {
  struct row {
    const char *query, *told;
  };
  for (const auto& [query, words] :
       {row{"BTCUSDT?tf=2m", "400 VALIDATION_ERROR tf"},
        row{"BTCUSDT?from=yesterday", "400 VALIDATION_ERROR from"},
        row{"BTCUSDT?to=-5", "400 VALIDATION_ERROR to"},
        row{"BTCUSDT?from=2026-13-01", "400 VALIDATION_ERROR from"},
        row{"BTCUSDT?from=2026-01-02&to=2026-01-01", "400 VALIDATION_ERROR from"},
        row{"BTCUSDT?limit=0", "400 VALIDATION_ERROR limit"},
        row{"BTCUSDT?limit=5001", "400 VALIDATION_ERROR limit"},
        row{"BTCUSDT?tf=1d&limit=500", "400 VALIDATION_ERROR limit"},
        row{"NOPE", "404 SYMBOL_NOT_FOUND symbol"}})
    EXPECT_EQ(told(say_.get(std::string{"/trading/candles/"} + query)), words) << query;
}

TEST_F(trading_routes, the_stream_of_a_symbol_opens_for_a_user) {
  client ws{own_.port()};
  ASSERT_TRUE(ws.upgrade("/trading/stream/BTCUSDT", user_client::token_of("ann")));
  own_.publish(sample_bulletin("BTCUSDT"));
  std::set<std::string> events;
  for (int i = 0; i < 12 && events.count("prediction") == 0; ++i) {
    const auto frame = ws.read_frame();
    ASSERT_TRUE(frame);
    const auto said = json::parse(frame->payload);
    const auto channel = said["channel"].get<std::string>();
    EXPECT_EQ(channel.substr(channel.find(':')), ":BTCUSDT");
    events.insert(said["event"]);
  }
  EXPECT_TRUE(events.count("subscribed") && events.count("signal") && events.count("prediction"));
  EXPECT_EQ(told(say_.get("/trading/stream/NOPE")), "404 SYMBOL_NOT_FOUND symbol");
  EXPECT_EQ(told(say_.get("/trading/stream/BTCUSDT")), "426 VALIDATION_ERROR");
}

TEST_F(trading_routes, a_watchlist_is_made_read_changed_and_deleted) {
  EXPECT_TRUE(lists("ann").empty());
  const auto made = make("ann", R"({"name":"majors","symbols":["ETHUSDT","BTCUSDT"]})");
  EXPECT_EQ(made["name"], "majors");
  EXPECT_EQ(made["symbols"], json({"ETHUSDT", "BTCUSDT"})) << "in the user's order";
  EXPECT_EQ(made["version"], 1);
  EXPECT_EQ(made["created_at"], "2026-01-05T10:30:00.000Z");
  const auto path = lists_path + '/' + made["id"].get<std::string>();
  const auto put = data_of(say_.as("ann", "PUT", path, R"({"symbols":[]})"))["watchlist"];
  EXPECT_EQ(put["name"], "majors");
  EXPECT_TRUE(put["symbols"].empty());
  EXPECT_EQ(put["version"], 2);
  make("ann", R"({"name":"majors"})");
  ASSERT_EQ(lists("ann").size(), 2u);
  EXPECT_EQ(lists("ann")[0], put);
  EXPECT_EQ(data_of(say_.as("ann", "DELETE", path))["deleted"], true);
  EXPECT_EQ(told(say_.as("ann", "DELETE", path)), "404 NOT_FOUND");
  EXPECT_EQ(lists("ann").size(), 1u);
}

TEST_F(trading_routes, another_users_watchlist_is_not_there) {
  const auto id = make("ann", R"({"name":"mine"})")["id"].get<std::string>();
  EXPECT_TRUE(lists("bob").empty());
  EXPECT_EQ(told(say_.as("bob", "PUT", lists_path + '/' + id, R"({"name":"x"})")), "404 NOT_FOUND");
  EXPECT_EQ(told(say_.as("bob", "DELETE", lists_path + '/' + id)), "404 NOT_FOUND");
  EXPECT_EQ(lists("ann")[0]["name"], "mine");
}

TEST_F(trading_routes, a_change_may_insist_on_the_version_it_saw) {
  const auto path = lists_path + '/' + make("ann", R"({"name":"a"})")["id"].get<std::string>();
  EXPECT_EQ(say_.as("ann", "PUT", path, R"({"name":"b","version":1})").status, 200);
  EXPECT_EQ(told(say_.as("ann", "PUT", path, R"({"name":"c","version":1})")),
            "409 IN_PROGRESS version");
  EXPECT_EQ(say_.as("ann", "PUT", path, R"({"name":"d"})").status, 200) << "the last writer wins";
  EXPECT_EQ(lists("ann")[0]["version"], 3);
}

TEST_F(trading_routes, changes_at_the_same_time_lose_no_list) {
  constexpr int writers = 6;
  std::vector<std::unique_ptr<client>> all;
  for (int i = 0; i < writers; ++i) all.push_back(std::make_unique<client>(own_.port()));
  const std::string body = R"({"name":"n"})";
  for (auto& c : all)
    c->send("POST /trading/watchlists HTTP/1.1\r\nHost: t\r\n" + user_client::token_of("ann")
            + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  for (auto& c : all) EXPECT_EQ(c->read_answer().status, 201);
  EXPECT_EQ(lists("ann").size(), static_cast<std::size_t>(writers));
}

TEST_F(trading_routes, a_user_has_so_many_lists_of_so_many_symbols) {
  for (std::size_t i = 0; i < max_watchlists; ++i) make("ann", R"({"name":"n"})");
  EXPECT_EQ(told(say_.as("ann", "POST", lists_path, R"({"name":"n"})")), "403 FORBIDDEN");
  std::string symbols;
  for (std::size_t i = 0; i <= max_watchlist_symbols; ++i)
    symbols += (i > 0 ? ",\"SYM" : "\"SYM") + std::to_string(i) + '"';
  EXPECT_EQ(told(say_.post(lists_path, R"({"name":"n","symbols":[)" + symbols + "]}")),
            "400 VALIDATION_ERROR symbols");
}

TEST_F(trading_routes, bad_lists_are_refused_with_the_field_named) {
  struct row {
    std::string body;
    const char* told;
  };
  for (const auto& [body, words] :
       {row{"", "400 VALIDATION_ERROR body"}, row{R"({"symbols":[]})", "400 VALIDATION_ERROR name"},
        row{R"({"name":""})", "400 VALIDATION_ERROR name"},
        row{R"({"name":7})", "400 VALIDATION_ERROR name"},
        row{R"({"name":"a\nb"})", "400 VALIDATION_ERROR name"},
        row{R"({"name":")" + std::string(101, 'x') + "\"}", "400 VALIDATION_ERROR name"},
        row{R"({"name":"n","symbols":"BTCUSDT"})", "400 VALIDATION_ERROR symbols"},
        row{R"({"name":"n","symbols":[7]})", "400 VALIDATION_ERROR symbols"},
        row{R"({"name":"n","symbols":["btcusdt"]})", "400 VALIDATION_ERROR symbols"},
        row{R"({"name":"n","symbols":["BTCUSDT","BTCUSDT"]})", "400 VALIDATION_ERROR symbols"},
        row{R"({"name":"n","symbols":["NOPE"]})", "404 SYMBOL_NOT_FOUND symbols"}})
    EXPECT_EQ(told(say_.post(lists_path, body)), words) << body;
  const auto path = lists_path + '/' + make("ann", R"({"name":"a"})")["id"].get<std::string>();
  EXPECT_EQ(told(say_.as("ann", "PUT", path, "{}")), "400 VALIDATION_ERROR body");
  EXPECT_EQ(told(say_.as("ann", "PUT", path, R"({"version":1})")), "400 VALIDATION_ERROR body");
  EXPECT_EQ(told(say_.as("ann", "PUT", path, R"({"name":"b","version":"1"})")),
            "400 VALIDATION_ERROR version");
  EXPECT_EQ(told(say_.as("ann", "PUT", lists_path + "/wl_nope", R"({"name":"b"})")),
            "404 NOT_FOUND");
}

} // namespace troupe::test
