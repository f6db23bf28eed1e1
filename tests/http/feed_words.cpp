// The words of providers: documented texts in, news and candles out; and nothing out of nonsense.
#include "http/feeds/binance_words.hpp"
#include "http/feeds/market_json.hpp"
#include "http/feeds/polygon_words.hpp"
#include "http/feeds/streams.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace troupe;

namespace {

constexpr utc_ms slot = 1720000200000; // 2024-07-03 09:50 UTC

outbound_response page(int status, std::string body,
                       std::string date = "Wed, 03 Jul 2024 10:00:00 GMT") {
  outbound_response r;
  r.status = status;
  r.body = std::move(body);
  if (!date.empty()) r.headers.push_back({"Date", std::move(date)});
  return r;
}

const history_question btc{"BTCUSDT", {slot, slot + 3 * base_interval_ms}};

std::string kline(const std::string& closed, const std::string& interval = "5m") {
  return R"({"stream":"btcusdt@kline_5m","data":{"e":"kline","E":1720000500012,"s":"BTCUSDT","k":)"
         R"({"t":1720000200000,"T":1720000499999,"s":"BTCUSDT","i":")"
      + interval + R"(","f":1,"L":9,"o":"60000.10","c":"60010.20","h":"60020.30","l":"59990.40",)"
      + R"("v":"12.5","n":9,"x":)" + closed + R"(,"q":"1","V":"1","Q":"1","B":"0"}}})";
}

// Nothing of it is believed, whatever it is.
void expect_harmless(const provider_words& w, std::string_view text) {
  const auto news = w.hear(text);
  for (auto& c : news.candles) EXPECT_TRUE(valid_symbol(c.symbol)) << text;
  if (!news.understood) {
    EXPECT_TRUE(news.candles.empty() && news.quotes.empty() && !news.subscribed) << text;
  }
}

} // namespace

TEST(binance_words, a_closed_kline_is_a_candle) {
  const auto news = binance_words().hear(kline("true"));
  ASSERT_TRUE(news.understood);
  ASSERT_EQ(news.candles.size(), 1u);
  EXPECT_EQ(news.at, 1720000500012);
  const auto& c = news.candles[0];
  EXPECT_EQ(c.symbol, "BTCUSDT");
  EXPECT_TRUE(c.closed);
  EXPECT_EQ(c.bar, (candle{slot, 60000.1, 60020.3, 59990.4, 60010.2, 12.5}));
  EXPECT_FALSE(binance_words().hear(kline("false")).candles[0].closed);
}

TEST(binance_words, what_is_said_beside_candles_is_understood) {
  const auto w = binance_words();
  const auto book = w.hear(
      R"({"stream":"ethusdt@bookTicker","data":{"u":400,"s":"ETHUSDT","b":"25.35","B":"31","a":"25.36","A":"40"}})");
  ASSERT_EQ(book.quotes.size(), 1u);
  EXPECT_EQ(book.quotes[0].symbol, "ETHUSDT");
  EXPECT_EQ(book.quotes[0].bid, 25.35);
  EXPECT_EQ(book.quotes[0].ask, 25.36);
  EXPECT_TRUE(w.hear(R"({"result":null,"id":1})").subscribed);
  EXPECT_TRUE(w.hear(R"({"e":"serverShutdown","E":1770123456789})").ending);
  EXPECT_TRUE(w.hear(R"({"stream":"!s","data":{"e":"serverShutdown","E":1}})").ending);
  EXPECT_EQ(w.hear(R"({"error":{"code":2,"msg":"Invalid request"},"id":1})").refused,
            "Invalid request");
  EXPECT_EQ(w.hear(R"({"code":3,"msg":"bad \n text"})").refused, "bad ? text");
  EXPECT_TRUE(w.hear(R"({"e":"trade","s":"BTCUSDT"})").understood);
}

TEST(binance_words, nonsense_is_harmless) {
  const auto w = binance_words();
  for (std::string text :
       {std::string{}, std::string{"{"}, std::string{"[]"}, std::string{"7"}, std::string{"null"},
        std::string{"\xff\xfe"}, std::string(100'000, '['), kline("1"), kline("true", "1m"),
        std::string{R"({"data":{"e":"kline","k":{"x":true}}})"},
        std::string{R"({"data":{"e":"kline","k":{"s":"<script>","i":"5m","x":true}}})"},
        std::string{R"({"data":{"u":1,"s":"BTCUSDT","b":"x","a":"1"}})"},
        std::string{R"({"data":{"u":1,"s":"BTCUSDT","b":"1e999","a":"1"}})"}}) {
    EXPECT_FALSE(w.hear(text).understood) << text.substr(0, 80);
    expect_harmless(w, text);
  }
}

TEST(binance_words, it_subscribes_to_klines_and_the_book) {
  const auto said = nlohmann::json::parse(binance_words().subscribe({"BTCUSDT", "ETHUSDT"}));
  EXPECT_EQ(said["method"], "SUBSCRIBE");
  EXPECT_EQ(said["params"],
            nlohmann::json({"btcusdt@kline_5m", "btcusdt@bookTicker", "ethusdt@kline_5m",
                            "ethusdt@bookTicker"}));
  EXPECT_EQ(binance_words().stream_of("EURUSD"), "");
  EXPECT_NE(binance_words().stream_of("BTCUSDT"), "");
}

TEST(binance_words, history_is_asked_by_slots_and_read_without_the_open_candle) {
  const auto w = binance_words("key");
  const auto r = w.ask(btc);
  EXPECT_EQ(r.path,
            "/api/v3/klines?symbol=BTCUSDT&interval=5m&startTime=1720000200000"
            "&endTime=1720001099999&limit=1000");
  EXPECT_TRUE(r.safe_to_repeat);
  EXPECT_EQ(what_is_wrong(r), "");
  EXPECT_EQ(r.headers[0].value, "key");
  const auto got =
      w.read(page(200,
                  R"([[1720000200000,"1","3","0.5","2","7",1720000499999,"0",1,"0","0","0"],)"
                  R"([1720000500000,"2","3","1","2.5","8",1720000799999,"0",1,"0","0","0"],)"
                  R"([1720000800000,"2.5","3","1","2","9",1720001099999,"0",1,"0","0","0"]])"),
             btc);
  EXPECT_EQ(got.why, "");
  EXPECT_EQ(got.at, 1720000800000);
  ASSERT_EQ(got.candles.size(), 2u); // the third is open at 10:00
  EXPECT_EQ(got.candles[0], (candle{slot, 1, 3, 0.5, 2, 7}));
  EXPECT_FALSE(got.more);
  EXPECT_TRUE(w.read(page(200, "[]"), btc).why.empty());
}

TEST(binance_words, an_answer_that_is_none_says_why) {
  const auto w = binance_words();
  EXPECT_EQ(w.read(page(429, R"({"code":-1003,"msg":"Too much request weight"})"), btc).why,
            "status 429: Too much request weight");
  for (auto body :
       {"", "{}", "[7]", "[[1]]", "[[17, \"not", R"([["x","1","1","1","1","1",2]])",
        R"([[1720000500000,"1","1","1","1","1",2],[1720000200000,"1","1","1","1","1",2]])",
        R"([[1620000000000,"1","1","1","1","1",2]])"})
    EXPECT_NE(w.read(page(200, body), btc).why, "") << body;
}

TEST(polygon_words, it_authenticates_and_then_subscribes) {
  const auto w = polygon_words("secret");
  EXPECT_EQ(nlohmann::json::parse(w.greeting),
            nlohmann::json::parse(R"({"action":"auth","params":"secret"})"));
  EXPECT_TRUE(w.one_connection);
  EXPECT_EQ(nlohmann::json::parse(w.subscribe({"BTCUSD", "EURUSD"}))["params"],
            "XA.BTC-USD,XQ.BTC-USD,CA.EUR-USD,C.EUR-USD");
  EXPECT_EQ(w.path_of(w.stream_of("BTCUSD")), "/crypto");
  EXPECT_EQ(w.path_of(w.stream_of("EURUSD")), "/forex");
  EXPECT_EQ(w.path_of(w.stream_of("XAUUSD")), "/forex");
  EXPECT_EQ(w.stream_of("AAPL"), "");
  const auto status = [&](const std::string& s) {
    return w.hear(R"([{"ev":"status","status":")" + s + R"(","message":"said"}])");
  };
  EXPECT_TRUE(status("auth_success").greeted);
  EXPECT_TRUE(status("success").subscribed);
  EXPECT_TRUE(status("connected").refused.empty());
  for (auto bad : {"auth_failed", "auth_timeout", "max_connections", "error"})
    EXPECT_EQ(status(bad).refused, "said") << bad;
}

TEST(polygon_words, minutes_and_quotes_are_read) {
  const auto w = polygon_words("k");
  const auto news = w.hear(
      R"([{"ev":"XA","pair":"BTC-USD","o":1,"c":2,"h":3,"l":0.5,"v":4,"s":1720000200000,"e":1720000260000},)"
      R"({"ev":"XQ","pair":"BTC-USD","bp":1.5,"bs":1,"ap":1.75,"as":1,"t":1720000261000},)"
      R"({"ev":"CA","pair":"EUR/USD","o":1,"c":1,"h":1,"l":1,"s":1720000200000,"e":1720000260000},)"
      R"({"ev":"C","p":"EUR/USD","b":1.1,"a":1.2,"t":1720000262000}])");
  ASSERT_TRUE(news.understood);
  ASSERT_EQ(news.candles.size(), 2u);
  EXPECT_EQ(news.candles[0].symbol, "BTCUSD");
  EXPECT_EQ(news.candles[0].length_ms, minute_ms);
  EXPECT_EQ(news.candles[0].bar, (candle{slot, 1, 3, 0.5, 2, 4}));
  EXPECT_EQ(news.candles[1].symbol, "EURUSD");
  ASSERT_EQ(news.quotes.size(), 2u);
  EXPECT_EQ(news.quotes[0].ask, 1.75);
  EXPECT_EQ(news.quotes[1].bid, 1.1);
  EXPECT_EQ(news.at, 1720000262000);
}

TEST(polygon_words, nonsense_is_harmless) {
  const auto w = polygon_words("k");
  for (std::string text :
       {std::string{}, std::string{"{}"}, std::string{"[{}]"}, std::string{"[7]"},
        std::string(100'000, '['), std::string{R"([{"ev":"XA","pair":"<b>","s":1,"e":2}])"},
        std::string{R"([{"ev":"XA","pair":"BTC-USD","s":1720000260000,"e":1720000200000,"c":1}])"},
        std::string{R"([{"ev":"XQ","pair":"BTC-USD","bp":"x","ap":1}])"}}) {
    EXPECT_FALSE(w.hear(text).understood) << text.substr(0, 80);
    expect_harmless(w, text);
  }
}

TEST(polygon_words, history_is_read_page_by_page) {
  const auto w = polygon_words("k");
  const history_question q{"BTCUSD", btc.slots};
  const auto r = w.ask(q);
  EXPECT_EQ(r.path,
            "/v2/aggs/ticker/X:BTCUSD/range/5/minute/1720000200000/1720001099999"
            "?adjusted=true&sort=asc&limit=50000");
  EXPECT_EQ(what_is_wrong(r), "");
  EXPECT_EQ(r.path.find("secret"), std::string::npos); // the key is in a header
  EXPECT_NE(w.ask({"EURUSD", btc.slots}).path.find("/C:EURUSD/"), std::string::npos);
  const auto got =
      w.read(page(200,
                  R"({"status":"OK","resultsCount":2,"next_url":"https://x","results":[)"
                  R"({"t":1720000200000,"o":1,"h":3,"l":0.5,"c":2,"v":7,"vw":1,"n":1},)"
                  R"({"t":1720000800000,"o":1,"h":3,"l":0.5,"c":2,"v":7}]})"),
             q);
  EXPECT_EQ(got.why, "");
  EXPECT_TRUE(got.more);
  ASSERT_EQ(got.candles.size(), 1u); // the second is open
  EXPECT_EQ(got.candles[0], (candle{slot, 1, 3, 0.5, 2, 7}));
  EXPECT_EQ(w.read(page(200, R"({"status":"OK","resultsCount":0})"), q).why, "");
  EXPECT_EQ(w.read(page(403, R"({"status":"ERROR","error":"no"})"), q).why, "status 403: no");
  for (auto body : {"", "[]", "{}", R"({"status":"OK","results":7})", R"({"results":[7]})"})
    EXPECT_NE(w.read(page(200, body), q).why, "") << body;
}

TEST(market_json, dates_of_answers_are_read) {
  EXPECT_EQ(date_of(page(200, "", "Wed, 03 Jul 2024 09:50:00 GMT")), slot);
  for (auto bad : {"", "yesterday", "Wed, 03 Foo 2024 09:50:00 GMT",
                   "Wed, 03 Jul 2024 09:50:00 CET", "Wed, xx Jul 2024 09:50:00 GMT"})
    EXPECT_EQ(date_of(page(200, "", bad)), 0) << bad;
}

TEST(market_json, numbers_come_as_numbers_or_text) {
  using nlohmann::json;
  EXPECT_EQ(market_number(json(1.5)), 1.5);
  EXPECT_EQ(market_number(json("0.00001000")), 0.00001);
  for (auto& bad : {json("1,5"), json(""), json("1 "), json("nan"), json("inf"), json(nullptr),
                    json(true), json("0x10"), json(std::string(100, '1'))})
    EXPECT_TRUE(std::isnan(market_number(bad))) << bad;
}

TEST(stream_address, it_is_one_of_wss) {
  const auto at = parse_stream_address("wss://stream.binance.com:9443/x");
  ASSERT_TRUE(at);
  EXPECT_EQ(at->host, "stream.binance.com");
  EXPECT_EQ(at->port, 9443);
  EXPECT_EQ(at->prefix, "/x");
  EXPECT_TRUE(at->tls);
  for (auto bad : {"", "ws://a", "https://a", "wss://", "wss://a:0", "wss://a b"})
    EXPECT_FALSE(parse_stream_address(bad)) << bad;
}
