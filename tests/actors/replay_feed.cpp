#define CAF_SUITE replay_feed
#include "actors/feeds/replay.hpp"

#include "tests/actors/feed_fixture.hpp"

#include <cmath>
#include <numeric>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr utc_ms origin = 1704067200000;
constexpr utc_ms slot(utc_ms n) { return origin + n * base_interval_ms; }

using slots = std::vector<utc_ms>;

slots range(utc_ms from, utc_ms to) {
  slots out(static_cast<std::size_t>(to - from));
  std::iota(out.begin(), out.end(), from);
  return out;
}

struct fixture : feed_fixture {
  listener_ptr btc = std::make_shared<listener_state>(), eth = std::make_shared<listener_state>();
  replay_feed_options options;

  void give(const symbol_name& symbol, const slots& at) {
    std::vector<candle> candles;
    for (auto n : at) candles.push_back({slot(n), 1, 1, 1, 1, 1});
    options.candles[symbol] = std::make_shared<const std::vector<candle>>(std::move(candles));
  }

  void open_feed() {
    feed = sys.spawn(replay_feed, options);
    sched.run();
  }

  static slots got(const listener_ptr& who) {
    slots out;
    for (auto t : who->times()) out.push_back((t - origin) / base_interval_ms);
    return out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(replay_feed_tests, fixture)

CAF_TEST(everything comes in order in bounded batches and then it is finished) {
  give("BTCUSDT", range(0, 1000));
  open_feed();
  CAF_CHECK_EQUAL(status().state, "live");
  connect("BTCUSDT", listen(btc));
  CAF_CHECK(got(btc) == range(0, 1000));
  CAF_CHECK_EQUAL(btc->batches.size(), 4u);
  CAF_CHECK_EQUAL(btc->batches[0].candles.size(), 256u);
  CAF_CHECK(btc->batches[0].received_ns > 0);
  const auto s = status();
  CAF_CHECK_EQUAL(s.state, "finished");
  CAF_CHECK_EQUAL(s.candles, 1000u);
  CAF_CHECK_EQUAL(s.last_candle, slot(999));
}

CAF_TEST(two batches at most are unanswered) {
  give("BTCUSDT", range(0, 2000));
  open_feed();
  btc->how = listener_state::holds;
  connect("BTCUSDT", listen(btc));
  CAF_CHECK_EQUAL(btc->batches.size(), 2u);
  answer_held();
  CAF_CHECK_EQUAL(btc->batches.size(), 4u);
  CAF_CHECK_EQUAL(status().candles, 512u);
  CAF_CHECK_EQUAL(status().state, "live");
}

CAF_TEST(it is not finished before the last answer) {
  give("BTCUSDT", range(0, 10));
  open_feed();
  btc->how = listener_state::holds;
  connect("BTCUSDT", listen(btc));
  CAF_CHECK_EQUAL(status().state, "live");
  answer_held();
  CAF_CHECK_EQUAL(status().state, "finished");
}

CAF_TEST(after an error it goes back to the failed batch and loses nothing) {
  give("BTCUSDT", range(0, 700));
  open_feed();
  btc->how = listener_state::fails;
  connect("BTCUSDT", listen(btc));
  CAF_CHECK_EQUAL(btc->batches.size(), 2u);
  btc->how = listener_state::answers;
  btc->batches.clear();
  pass(999ms);
  CAF_CHECK(btc->batches.empty());
  pass(1ms);
  CAF_CHECK(got(btc) == range(0, 700));
  CAF_CHECK_EQUAL(status().candles, 700u);
  CAF_CHECK_EQUAL(status().state, "finished");
}

CAF_TEST(when the first of two fails the second is sent again too) {
  give("BTCUSDT", range(0, 512));
  open_feed();
  btc->how = listener_state::holds;
  connect("BTCUSDT", listen(btc));
  CAF_REQUIRE_EQUAL(btc->held.size(), 2u);
  btc->first_fails = true;
  btc->how = listener_state::answers;
  answer_held();
  btc->batches.clear();
  pass(1s);
  CAF_CHECK(got(btc) == range(0, 512));
  CAF_CHECK_EQUAL(status().candles, 512u);
}

CAF_TEST(a repeated watch changes nothing and a symbol gets what it has not ) {
  give("BTCUSDT", range(0, 100));
  open_feed();
  auto target = listen(btc);
  connect("BTCUSDT", target, slot(89));
  connect("BTCUSDT", target, slot(89));
  connect("BTCUSDT", target, 0);
  CAF_CHECK(got(btc) == range(90, 100));
}

CAF_TEST(a dead target is forgotten) {
  give("BTCUSDT", range(0, 2000));
  open_feed();
  btc->how = listener_state::holds;
  auto target = listen(btc);
  connect("BTCUSDT", target);
  kill(target);
  sched.run();
  pass(60s);
  CAF_CHECK_EQUAL(btc->batches.size(), 2u);
  connect("BTCUSDT", listen(eth), slot(1998));
  CAF_CHECK(got(eth) == range(1999, 2000));
}

CAF_TEST(with a pace history comes at once and the rest by beats that skip empty times) {
  give("BTCUSDT", {0, 1, 2, 3, 500, 501});
  give("ETHUSDT", {1, 3, 4, 501});
  options.speed = 60;
  options.start = slot(3);
  open_feed();
  connect("BTCUSDT", listen(btc));
  connect("ETHUSDT", listen(eth));
  CAF_CHECK(got(btc) == slots({0, 1, 2}));
  CAF_CHECK(got(eth) == slots({1}));
  pass(5s);
  CAF_CHECK(got(btc) == slots({0, 1, 2, 3}));
  CAF_CHECK(got(eth) == slots({1, 3}));
  pass(5s);
  CAF_CHECK(got(eth) == slots({1, 3, 4}));
  pass(5s);
  CAF_CHECK(got(btc) == slots({0, 1, 2, 3, 500}));
  pass(5s);
  CAF_CHECK(got(btc) == slots({0, 1, 2, 3, 500, 501}));
  CAF_CHECK(got(eth) == slots({1, 3, 4, 501}));
  for (int i = 0; i < 8; ++i) pass(5s); // time-outs of answered requests stay in the clock
  CAF_CHECK_EQUAL(status().state, "finished");
  CAF_CHECK(!sched.clock().has_pending_timeout());
}

CAF_TEST(history is answered from what was given and a gap is empty) {
  give("BTCUSDT", {0, 1, 2, 7, 8});
  open_feed();
  const auto times = [&](utc_ms from, utc_ms to, std::uint32_t limit) {
    slots out;
    for (const auto& c : ask({"BTCUSDT", from, to, limit}))
      out.push_back((c.open_time - origin) / base_interval_ms);
    return out;
  };
  CAF_CHECK(times(slot(1), slot(8), 100) == slots({1, 2, 7}));
  CAF_CHECK(times(0, slot(100), 2) == slots({7, 8}));
  CAF_CHECK(times(slot(3), slot(7), 100).empty());
  CAF_CHECK(times(slot(7), slot(3), 100).empty());
  CAF_CHECK(ask({"ETHUSDT", 0, slot(100), 5}).empty());
  CAF_CHECK_EQUAL(failed_with, errc::none);
  ask({"BTCUSDT", 0, slot(100), 0});
  CAF_CHECK_EQUAL(failed_with, errc::validation_error);
  ask({"?", 0, slot(100), 5});
  CAF_CHECK_EQUAL(failed_with, errc::symbol_not_found);
}

CAF_TEST(a symbol without candles is served nothing and hinders no end) {
  give("BTCUSDT", range(0, 5));
  open_feed();
  connect("BTCUSDT", listen(btc));
  connect("ETHUSDT", listen(eth));
  CAF_CHECK(eth->batches.empty());
  CAF_CHECK_EQUAL(status().state, "finished");
}

CAF_TEST(a watch too many is refused) {
  open_feed();
  for (int i = 0; i < 2001; ++i) connect("SYM" + std::to_string(i), listen(btc));
  CAF_CHECK(status().note.find("refused: 1") != std::string::npos);
}

CAF_TEST(a negative speed ends it at once) {
  options.speed = -1;
  open_feed();
  ask({"BTCUSDT", 0, slot(10), 5});
  CAF_CHECK(failed_with != errc::none);
}

CAF_TEST_FIXTURE_SCOPE_END()
