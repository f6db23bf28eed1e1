#define CAF_SUITE simulated_feed
#include "actors/feeds/simulated.hpp"

#include "models/simulated_market.hpp"
#include "tests/actors/feed_fixture.hpp"

#include <cmath>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr utc_ms origin = 1704067200000;
constexpr utc_ms slot(utc_ms n) { return origin + n * base_interval_ms; }

struct fixture : feed_fixture {
  listener_ptr btc = std::make_shared<listener_state>(), eth = std::make_shared<listener_state>();

  /// A feed with `history` closed candles, a beat every 5 s.
  void open_feed(utc_ms history, double speed = 60, std::uint64_t max_candles = 0) {
    simulated_feed_options o;
    o.seed = 7;
    o.speed = speed;
    o.origin = origin;
    o.now = slot(history);
    o.max_candles = max_candles;
    feed = sys.spawn(simulated_feed, o);
    sched.run();
  }

  std::vector<candle> market(std::string_view symbol, std::size_t n) {
    simulated_market m{7, symbol, origin};
    std::vector<candle> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(m.next());
    return out;
  }

  void check_consecutive(const listener_state& got, utc_ms first, std::size_t count) {
    const auto times = got.times();
    CAF_REQUIRE_EQUAL(times.size(), count);
    for (std::size_t i = 0; i < count; ++i)
      if (times[i] != first + static_cast<utc_ms>(i) * base_interval_ms) CAF_FAIL("not in order");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(simulated_feed_tests, fixture)

CAF_TEST(history comes in bounded batches and then a candle per beat) {
  open_feed(1200);
  connect("BTCUSDT", listen(btc));
  CAF_CHECK_EQUAL(btc->batches.size(), 3u);
  CAF_CHECK_EQUAL(btc->batches[0].candles.size(), 512u);
  CAF_CHECK_EQUAL(btc->batches[1].candles.size(), 512u);
  CAF_CHECK_EQUAL(btc->batches[2].candles.size(), 176u);
  CAF_CHECK_EQUAL(btc->batches[0].symbol, "BTCUSDT");
  pass(4999ms);
  CAF_CHECK_EQUAL(btc->batches.size(), 3u);
  pass(1ms);
  CAF_REQUIRE_EQUAL(btc->batches.size(), 4u);
  CAF_CHECK_EQUAL(btc->batches[3].candles.size(), 1u);
  CAF_CHECK(btc->batches[3].received_ns > btc->batches[0].received_ns);
  pass(5s);
  check_consecutive(*btc, origin, 1202);
  const auto made = market("BTCUSDT", 78);
  CAF_CHECK_EQUAL(btc->batches[0].candles[77], made[77]);
}

CAF_TEST(no second batch is sent before the first is answered) {
  open_feed(1200);
  btc->how = listener_state::holds;
  connect("BTCUSDT", listen(btc));
  for (int i = 0; i < 4; ++i) pass(5s);
  CAF_CHECK_EQUAL(btc->batches.size(), 1u);
  answer_held();
  CAF_CHECK_EQUAL(btc->batches.size(), 2u);
  btc->how = listener_state::answers;
  answer_held();
  // What fell due while it was slow comes in one batch, not as so many messages.
  CAF_CHECK_EQUAL(btc->batches.size(), 3u);
  check_consecutive(*btc, origin, 1204);
}

CAF_TEST(all symbols close at the same instant and a slow one delays no other) {
  open_feed(10);
  eth->how = listener_state::holds;
  connect("BTCUSDT", listen(btc));
  pass(2s);
  connect("ETHUSDT", listen(eth));
  pass(3s);
  check_consecutive(*btc, origin, 11);
  CAF_CHECK_EQUAL(eth->batches.size(), 1u);
  eth->how = listener_state::answers;
  answer_held();
  check_consecutive(*eth, origin, 11);
}

CAF_TEST(a symbol gets only what comes after what it has) {
  open_feed(1000);
  connect("BTCUSDT", listen(btc), slot(989));
  check_consecutive(*btc, slot(990), 10);
}

CAF_TEST(a watch that is ahead moves the market on) {
  open_feed(5);
  connect("BTCUSDT", listen(btc), slot(99));
  CAF_CHECK(btc->batches.empty());
  connect("ETHUSDT", listen(eth));
  check_consecutive(*eth, origin, 100);
  pass(5s);
  check_consecutive(*btc, slot(100), 1);
}

CAF_TEST(a repeated watch changes nothing) {
  open_feed(20);
  auto target = listen(btc);
  connect("BTCUSDT", target);
  connect("BTCUSDT", target);
  connect("BTCUSDT", target, slot(3));
  pass(5s);
  check_consecutive(*btc, origin, 21);
}

CAF_TEST(ticks that are not due make it beat no faster) {
  open_feed(1);
  connect("BTCUSDT", listen(btc));
  for (int i = 0; i < 10; ++i) caf::anon_send(feed, caf::tick_atom::value);
  sched.run();
  CAF_CHECK_EQUAL(btc->times().size(), 1u);
  for (int i = 0; i < 10; ++i) pass(5s);
  check_consecutive(*btc, origin, 11);
}

CAF_TEST(a new target takes over where it says and answers of the old one do not count) {
  open_feed(100);
  btc->how = listener_state::holds;
  connect("BTCUSDT", listen(btc));
  connect("BTCUSDT", listen(eth), slot(49));
  check_consecutive(*eth, slot(50), 50);
  answer_held();
  CAF_CHECK_EQUAL(btc->batches.size(), 1u);
  CAF_CHECK_EQUAL(status().candles, 50u);
}

CAF_TEST(a dead target is forgotten and one in its place is served) {
  open_feed(10);
  auto target = listen(btc);
  connect("BTCUSDT", target);
  kill(target);
  sched.run();
  for (int i = 0; i < 3; ++i) pass(5s);
  check_consecutive(*btc, origin, 10);
  CAF_CHECK_EQUAL(status().candles, 10u);
  connect("BTCUSDT", target); // dead on arrival
  connect("BTCUSDT", listen(eth), slot(9));
  check_consecutive(*eth, slot(10), 3);
}

CAF_TEST(a refused batch is sent again a second later) {
  open_feed(10, 1);
  btc->how = listener_state::fails;
  connect("BTCUSDT", listen(btc));
  CAF_CHECK_EQUAL(btc->batches.size(), 1u);
  pass(999ms);
  CAF_CHECK_EQUAL(btc->batches.size(), 1u);
  pass(1ms);
  CAF_CHECK_EQUAL(btc->batches.size(), 2u);
  CAF_CHECK(btc->batches[0].candles == btc->batches[1].candles);
  CAF_CHECK_EQUAL(status().candles, 0u);
  btc->how = listener_state::answers;
  pass(1s);
  CAF_CHECK_EQUAL(btc->batches.size(), 3u);
  CAF_CHECK_EQUAL(status().candles, 10u);
}

CAF_TEST(an unanswered batch is sent again after its time) {
  open_feed(10, .001);
  btc->how = listener_state::holds;
  connect("BTCUSDT", listen(btc));
  pass(30s);
  btc->how = listener_state::answers;
  pass(1s);
  CAF_REQUIRE_EQUAL(btc->batches.size(), 2u);
  CAF_CHECK(btc->batches[0].candles == btc->batches[1].candles);
  CAF_CHECK_EQUAL(status().candles, 10u);
}

CAF_TEST(without a pace it is as fast as it is answered and then finished) {
  open_feed(0, 0, 1500);
  btc->how = listener_state::holds;
  connect("BTCUSDT", listen(btc));
  CAF_CHECK_EQUAL(btc->batches.size(), 1u);
  CAF_CHECK_EQUAL(status().state, "live");
  btc->how = listener_state::answers;
  answer_held();
  check_consecutive(*btc, origin, 1500);
  const auto s = status();
  CAF_CHECK_EQUAL(s.state, "finished");
  CAF_CHECK_EQUAL(s.candles, 1500u);
  CAF_CHECK_EQUAL(s.last_candle, slot(1499));
  CAF_CHECK(s.note.find("simulated") != s.note.npos);
  CAF_CHECK(s.note.find("seed 7") != s.note.npos);
}

CAF_TEST(with a pace it finishes too and beats no more) {
  open_feed(0, 60, 3);
  connect("BTCUSDT", listen(btc));
  for (int i = 0; i < 9; ++i) pass(5s);
  check_consecutive(*btc, origin, 3);
  CAF_CHECK_EQUAL(status().state, "finished");
  CAF_CHECK(!sched.clock().has_pending_timeout());
}

CAF_TEST(history is served for any symbol but never from the future) {
  open_feed(100);
  const auto sol = market("SOLUSDT", 100);
  CAF_CHECK(ask({"SOLUSDT", 0, slot(1000), 500}) == sol);
  CAF_CHECK(ask({"SOLUSDT", slot(10), slot(20), 500})
            == std::vector<candle>(sol.begin() + 10, sol.begin() + 20));
  CAF_CHECK(ask({"SOLUSDT", 0, slot(1000), 3}) == std::vector<candle>(sol.end() - 3, sol.end()));
  CAF_CHECK(ask({"SOLUSDT", slot(50), slot(40), 3}).empty());
  CAF_CHECK_EQUAL(failed_with, errc::none);
}

CAF_TEST(a bad question is refused by name) {
  open_feed(10);
  ask({"BTCUSDT", 0, slot(10), 0});
  CAF_CHECK_EQUAL(failed_with, errc::validation_error);
  ask({"btc", 0, slot(10), 5});
  CAF_CHECK_EQUAL(failed_with, errc::symbol_not_found);
  for (int i = 0; i < 2000; ++i) {
    ask({"SYM" + std::to_string(i), 0, slot(10), 1});
    CAF_CHECK_EQUAL(failed_with, errc::none);
  }
  ask({"ONEMORE", 0, slot(10), 1});
  CAF_CHECK_EQUAL(failed_with, errc::busy);
}

CAF_TEST(a senseless watch is counted and changes nothing) {
  open_feed(10);
  caf::anon_send(feed, watch{"BTCUSDT", 0, nullptr});
  connect("no symbol", listen(btc));
  connect("BTCUSDT", listen(btc), -1);
  connect("BTCUSDT", listen(btc), utc_ms{1} << 60);
  CAF_CHECK(btc->batches.empty());
  CAF_CHECK(status().note.find("refused: 4") != std::string::npos);
}

CAF_TEST(a symbol with closures gets no candle in them) {
  simulated_feed_options o;
  o.seed = 7;
  o.origin = origin;
  o.now = slot(24);
  o.closed = [](const symbol_name& symbol, utc_ms t) {
    return symbol == "EURUSD" && t / hour_ms % 2 == 0;
  };
  feed = sys.spawn(simulated_feed, o);
  connect("EURUSD", listen(eth));
  connect("BTCUSDT", listen(btc));
  check_consecutive(*eth, slot(12), 12);
  check_consecutive(*btc, origin, 24);
  pass(5s);
  CAF_CHECK_EQUAL(eth->times().size(), 12u);
  CAF_CHECK_EQUAL(btc->times().size(), 25u);
}

CAF_TEST(a speed that is none ends it at once) {
  open_feed(10, std::nan(""));
  ask({"BTCUSDT", 0, slot(10), 5});
  CAF_CHECK(failed_with != errc::none);
}

CAF_TEST_FIXTURE_SCOPE_END()
