#define CAF_SUITE live_feed
#include "tests/actors/live_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(live_feed_tests, live_fixture)

CAF_TEST(candles of the stream reach the symbol in order and each once) {
  go_live();
  for (int n : {1, 1, 2, 3, 2}) say_candle(n);
  CAF_CHECK(got() == range(1, 3));
  CAF_CHECK_EQUAL(status().state, "live");
  CAF_CHECK_EQUAL(side->said.at(1)[0], "subscribe BTCUSDT");
}

CAF_TEST(a candle that leaves a gap waits while the gap is asked for) {
  go_live();
  say_candle(1);
  side->silent = true;
  say_candle(5);
  let_pass(250ms);
  CAF_CHECK(got() == range(1, 1));
  CAF_REQUIRE_EQUAL(side->asked.size(), 1u);
  CAF_CHECK((side->asked[0] == slot_range{slot_at(2), slot_at(6)}));
  side->silent = false;
  let_pass(14s); // the question that nobody answered ends, and is asked again
  CAF_CHECK(got() == range(1, 5));
}

CAF_TEST(a lost candle is asked for though no later one comes) {
  go_live();
  side->has_until = 2;
  say("now " + std::to_string(slot_at(2)));
  let_pass(3s);
  CAF_CHECK(got().empty()); // the stream may still bring it
  let_pass(2s);
  CAF_CHECK(got() == range(1, 1));
}

CAF_TEST(candles out of order are put in order) {
  go_live();
  side->status = 500;
  for (int n : {3, 1, 4, 2}) say_candle(n);
  CAF_CHECK(got() == range(1, 4));
}

CAF_TEST(a symbol that was away for long catches up page by page and goes live) {
  side->page_rows = 100;
  side->has_until = 2500;
  begin();
  connect("BTCUSDT", listen(btc), slot_at(0));
  let_pass(250ms);
  accept();
  say("now " + std::to_string(slot_at(2500)));
  let_pass(15s);
  CAF_CHECK(got() == range(1, 2499));
  say_candle(2500);
  CAF_CHECK(got() == range(1, 2500));
}

CAF_TEST(what the provider never had holds nobody up) {
  side->lacks = {3, 4};
  go_live();
  for (int n : {1, 2, 5}) say_candle(n);
  let_pass(500ms); // the answer has a later candle: that is proof
  CAF_CHECK((got() == std::vector<std::int64_t>{1, 2, 5}));
  side->lacks = {6, 7, 8, 9, 10, 11};
  say("now " + std::to_string(slot_at(12)));
  let_pass(6s); // no proof but age, for those that are old enough
  const auto asked = side->asked.back().from;
  CAF_CHECK(asked > slot_at(6) && asked < slot_at(9));
}

CAF_TEST(a young slot that the provider does not have yet is asked for again) {
  side->lacks = {1};
  go_live();
  side->has_until = 2;
  say("now " + std::to_string(slot_at(2)));
  let_pass(6s);
  CAF_CHECK(side->asked.size() >= 1);
  CAF_CHECK(got().empty());
  side->lacks = {};
  let_pass(6s);
  CAF_CHECK(got() == range(1, 1));
}

CAF_TEST(what nobody understands changes nothing) {
  go_live();
  for (auto text : {"", "{", "nonsense 7", "\xff"}) say(text);
  say_candle(1);
  CAF_CHECK(got() == range(1, 1));
}

CAF_TEST(a time or candle of the far future is not believed) {
  go_live();
  say("now " + std::to_string(slot_at(1'000'000)));
  side->has_until = 3;
  say("c BTCUSDT 900000");
  say_candle(1);
  say("now " + std::to_string(slot_at(3)));
  side->has_until = 3;
  let_pass(6s);
  CAF_CHECK(got() == range(1, 2));
  CAF_CHECK(side->asked.size() <= 2);
}

CAF_TEST(a provider that asks for silence is not asked and the feed is stale) {
  go_live();
  side->status = 429;
  side->retry_after = "30";
  say_candle(4);
  let_pass(1s);
  CAF_CHECK_EQUAL(side->asked.size(), 1u);
  CAF_CHECK_EQUAL(status().state, "stale");
  ask({"BTCUSDT", 0, slot_at(4), 10});
  CAF_CHECK(failed_with == errc::market_data_error); // at once: there is a store
  side->status = 200;
  let_pass(27s);
  CAF_CHECK_EQUAL(side->asked.size(), 1u);
  let_pass(4s);
  CAF_CHECK(got() == range(1, 4));
  CAF_CHECK_EQUAL(status().state, "live");
}

CAF_TEST(a request that fails is repeated after growing waits) {
  jitter = 0.999;
  go_live();
  side->status = 503;
  say_candle(3);
  let_pass(32s); // 1 + 2 + 4 + 8 + 16
  const auto asked = side->asked.size();
  CAF_CHECK(asked >= 5 && asked <= 7);
  side->status = 200;
  let_pass(33s);
  CAF_CHECK(got() == range(1, 3));
}

CAF_TEST(without candles for two slots the feed is stale until they come) {
  go_live();
  say_candle(1);
  side->status = 500;
  say("now " + std::to_string(slot_at(3)));
  CAF_CHECK_EQUAL(status().state, "live");
  say("now " + std::to_string(slot_at(4)));
  const auto s = status();
  CAF_CHECK_EQUAL(s.state, "stale");
  CAF_CHECK_EQUAL(s.last_candle, slot_at(1));
  side->status = 200;
  side->has_until = 4;
  let_pass(8s);
  CAF_CHECK_EQUAL(status().state, "live");
  CAF_CHECK(got() == range(1, 3));
}

CAF_TEST(history is what the provider has and nothing of what is still open) {
  side->page_rows = 100;
  side->has_until = 500;
  options.wall = [] { return slot_at(500); };
  begin();
  const auto all = ask({"BTCUSDT", slot_at(10), slot_at(400), 1000});
  CAF_REQUIRE_EQUAL(all.size(), 390u);
  CAF_CHECK(all.front() == truth(10));
  CAF_CHECK(all.back() == truth(399));
  const auto newest = ask({"BTCUSDT", 0, std::numeric_limits<utc_ms>::max(), 7});
  CAF_REQUIRE_EQUAL(newest.size(), 7u);
  CAF_CHECK(newest.back() == truth(499));
  ask({"BTCUSDT", 0, 10, 0});
  CAF_CHECK(failed_with == errc::validation_error);
  ask({"NOSUCH", 0, 10, 1});
  CAF_CHECK(failed_with == errc::symbol_not_found);
}

CAF_TEST(no more requests are made in a minute than are allowed) {
  options.history.requests_per_minute = 5;
  side->page_rows = 10;
  side->has_until = 200;
  options.wall = [] { return slot_at(200); };
  begin();
  connect("BTCUSDT", listen(btc), slot_at(0));
  let_pass(50s);
  CAF_CHECK_EQUAL(side->asked.size(), 5u);
  let_pass(20s);
  CAF_CHECK_EQUAL(side->asked.size(), 10u);
}

CAF_TEST(minutes become candles and a lost minute is asked for) {
  go_live();
  for (int m = 5; m < 10; ++m) say("m BTCUSDT " + std::to_string(m));
  CAF_REQUIRE_EQUAL(btc->times().size(), 1u);
  const auto first = btc->times()[0];
  CAF_CHECK_EQUAL(first, slot_at(1));
  CAF_CHECK_EQUAL(btc->batches[0].candles[0].volume, 5);
  side->has_until = 3;
  for (int m : {10, 11, 13, 14}) say("m BTCUSDT " + std::to_string(m));
  CAF_CHECK_EQUAL(btc->times().size(), 1u);
  let_pass(6s);
  CAF_CHECK_EQUAL(btc->times().size(), 2u);
  CAF_CHECK(btc->batches[1].candles[0] == truth(2));
}

CAF_TEST(quotes are told once a second with the newest price) {
  go_live();
  say_candle(1);
  for (int i = 0; i < 5; ++i) say("q BTCUSDT 100 10" + std::to_string(i + 1));
  CAF_REQUIRE_EQUAL(quotes->size(), 1u);
  CAF_CHECK_EQUAL((*quotes)[0].ask, 101);
  CAF_CHECK_EQUAL((*quotes)[0].price, truth(1).close);
  CAF_CHECK((*quotes)[0].at >= slot_at(2));
  let_pass(1s);
  CAF_REQUIRE_EQUAL(quotes->size(), 2u);
  CAF_CHECK_EQUAL((*quotes)[1].ask, 105); // the newest, not the next
  let_pass(3s);
  CAF_CHECK_EQUAL(quotes->size(), 2u);
}

CAF_TEST(a symbol that is rebuilt gets what it lost again) {
  go_live();
  for (int n = 1; n < 6; ++n) say_candle(n);
  CAF_CHECK(got() == range(1, 5));
  btc = std::make_shared<listener_state>();
  connect("BTCUSDT", listen(btc), slot_at(2));
  let_pass(1s);
  CAF_CHECK(got() == range(3, 5));
}

CAF_TEST(a symbol that nobody watches any more is not read until somebody does) {
  side->has_until = 1;
  begin();
  const auto first = listen(btc);
  connect("BTCUSDT", first, slot_at(0));
  let_pass(250ms);
  accept();
  say("now " + std::to_string(slot_at(1)));
  kill(first);
  let_pass(500ms);
  CAF_CHECK_EQUAL(side->closed.count(newest().id), 1u);
  const auto asked = side->asked.size();
  say("now " + std::to_string(slot_at(4)));
  let_pass(6s);
  CAF_CHECK_EQUAL(side->asked.size(), asked);
  CAF_CHECK_EQUAL(status().state, "live"); // nothing that it should bring is late
  connect("BTCUSDT", listen(btc), slot_at(0));
  let_pass(250ms);
  CAF_REQUIRE_EQUAL(side->streams.size(), 2u);
  accept();
  say_candle(1);
  CAF_CHECK(got() == range(1, 1));
}

CAF_TEST_FIXTURE_SCOPE_END()
