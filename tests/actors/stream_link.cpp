#define CAF_SUITE stream_link
#include "tests/actors/live_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(stream_link_tests, live_fixture)

CAF_TEST(a cut stream comes back after a random wait and subscribes again) {
  jitter = 0.5;
  go_live();
  say_candle(1);
  cut();
  CAF_CHECK_EQUAL(side->streams.size(), 1u);
  let_pass(250ms);
  CAF_CHECK_EQUAL(side->streams.size(), 1u);
  let_pass(500ms);
  CAF_REQUIRE_EQUAL(side->streams.size(), 2u);
  accept();
  CAF_CHECK_EQUAL(side->said.at(2)[0], "subscribe BTCUSDT");
  say_candle(4); // what passed meanwhile is asked for
  let_pass(250ms);
  CAF_CHECK(got() == range(1, 4));
}

CAF_TEST(waits double while nothing works and begin small again after a good connection) {
  jitter = 0.999;
  go_live();
  std::vector<int> waits;
  for (int i = 0; i < 8; ++i) {
    cut();
    const auto before = side->streams.size();
    int beats = 0;
    while (side->streams.size() == before && beats < 400) {
      let_pass(250ms);
      ++beats;
    }
    waits.push_back(beats / 4);
  }
  CAF_CHECK((waits == std::vector<int>{1, 2, 4, 8, 16, 32, 60, 60}));
  accept();
  for (int i = 0; i < 12; ++i) {
    let_pass(1s);
    say("q BTCUSDT 1 2");
  }
  cut();
  const auto before = side->streams.size();
  let_pass(1250ms);
  CAF_CHECK_EQUAL(side->streams.size(), before + 1);
}

CAF_TEST(a stream that says nothing is given up) {
  go_live();
  say_candle(1);
  let_pass(19s);
  CAF_CHECK(side->closed.empty());
  let_pass(1500ms);
  CAF_CHECK(side->closed.count(1) > 0);
  let_pass(1s);
  CAF_CHECK_EQUAL(side->streams.size(), 2u);
}

CAF_TEST(acknowledgements are no sign of life) {
  go_live();
  for (int i = 0; i < 21; ++i) {
    let_pass(1s);
    say(1, "now 1");
  }
  CAF_CHECK(side->closed.count(1) > 0);
}

CAF_TEST(a closed market may be silent) {
  constexpr utc_ms saturday = 1720260000000; // 2024-07-06 10:00 UTC
  options.wall = [] { return saturday; };
  begin();
  connect("EURUSD", listen(btc), saturday - 2 * hour_ms);
  let_pass(250ms);
  accept();
  say("now " + std::to_string(saturday));
  let_pass(120s);
  CAF_CHECK_EQUAL(side->streams.size(), 1u);
  CAF_CHECK(side->closed.empty());
  CAF_CHECK_EQUAL(status().state, "live");
}

CAF_TEST(a subscription that nobody acknowledges is a failure) {
  side->acknowledges = false;
  begin();
  connect("BTCUSDT", listen(btc), slot_at(0));
  let_pass(250ms);
  accept();
  let_pass(14s);
  CAF_CHECK(side->closed.empty());
  let_pass(1500ms);
  CAF_CHECK(side->closed.count(1) > 0);
}

CAF_TEST(a refusal ends the connection and is said) {
  go_live();
  say("no bad-key");
  CAF_CHECK(side->closed.count(1) > 0);
  CAF_CHECK(status().note.find("bad-key") != std::string::npos);
}

CAF_TEST(a server that says it will stop is left only when its successor stands) {
  go_live();
  say_candle(1);
  const auto old = newest().id;
  say("bye");
  let_pass(250ms);
  CAF_REQUIRE_EQUAL(side->streams.size(), 2u);
  CAF_CHECK(side->closed.empty());
  say(old, "c BTCUSDT 2"); // both are heard
  CAF_CHECK(got() == range(1, 2));
  accept();
  CAF_CHECK(side->closed.count(old) > 0);
  say_candle(3);
  CAF_CHECK(got() == range(1, 3));
  say(old, "c BTCUSDT 9"); // what it says now is not
  CAF_CHECK(got() == range(1, 3));
}

CAF_TEST(a stopping server that goes at once costs no wait) {
  go_live();
  say("bye");
  let_pass(250ms);
  caf::anon_send(newest().who, stream_closed{1, "gone"});
  sched.run();
  accept();
  say_candle(1);
  CAF_CHECK(got() == range(1, 1));
  CAF_CHECK_EQUAL(side->streams.size(), 2u);
}

CAF_TEST(a connection is replaced before the cut at 24 hours of the providers time) {
  options.clock_speed = 3600; // an hour a second
  options.words.subscribe = [](auto&) { return "subscribe"; };
  go_live();
  for (int i = 0; i < 23 * 4; ++i) {
    let_pass(250ms);
    say("q BTCUSDT 1 2");
  }
  CAF_CHECK_EQUAL(side->streams.size(), 1u);
  let_pass(1500ms);
  CAF_CHECK_EQUAL(side->streams.size(), 2u);
}

CAF_TEST(where only one connection is allowed the old one ends first) {
  options.words.one_connection = true;
  go_live();
  say("bye");
  let_pass(250ms);
  CAF_CHECK(side->closed.count(1) > 0);
  CAF_CHECK_EQUAL(side->streams.size(), 2u);
}

CAF_TEST(a provider that wants to know us is greeted first) {
  options.words.greeting = "I am troupe";
  begin();
  connect("BTCUSDT", listen(btc), slot_at(0));
  let_pass(250ms);
  accept();
  CAF_CHECK((side->said.at(1) == std::vector<std::string>{"I am troupe"}));
  say("hello");
  CAF_CHECK_EQUAL(side->said.at(1).back(), "subscribe BTCUSDT");
}

CAF_TEST(many symbols are subscribed a few at a time) {
  options.words.symbols_per_text = 2;
  begin();
  for (auto name : {"AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT", "EEEUSDT"})
    connect(name, listen(btc), slot_at(0));
  let_pass(250ms);
  accept();
  CAF_CHECK_EQUAL(side->said.at(1).size(), 1u);
  let_pass(500ms);
  CAF_CHECK_EQUAL(side->said.at(1).size(), 3u);
  CAF_CHECK_EQUAL(side->said.at(1)[0], "subscribe AAAUSDT BBBUSDT");
  connect("FFFUSDT", listen(btc), slot_at(0)); // one that comes later
  let_pass(250ms);
  CAF_CHECK_EQUAL(side->said.at(1).back(), "subscribe FFFUSDT");
}

CAF_TEST_FIXTURE_SCOPE_END()
