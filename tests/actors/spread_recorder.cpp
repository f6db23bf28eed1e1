#define CAF_SUITE spread_recorder
#include "actors/spread_recorder.hpp"

#include "tests/actors/feed_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr utc_ms noon = 1720008000000; // 2024-07-03 12:00 UTC

struct kept {
  std::vector<spread_row> rows;
  bool refuses = false;
};

spread_store_actor::behavior_type keeper(spread_store_actor::pointer, std::shared_ptr<kept> what) {
  return {
      [=](const put_spreads& p) -> caf::result<put_receipt> {
        if (what->refuses) return caf::make_error(errc::store_unavailable);
        what->rows.insert(what->rows.end(), p.rows.begin(), p.rows.end());
        return put_receipt{p.rows.size(), 0};
      },
      [](const get_spreads&) { return spread_row{}; },
  };
}

struct fixture : feed_fixture {
  std::shared_ptr<kept> what = std::make_shared<kept>();
  spread_store_actor store = sys.spawn(keeper, what);
  quote_taker recorder = spawn_spread_recorder(sys, store, {});

  ~fixture() override {
    kill(recorder);
    kill(store);
    sched.run();
  }
  void say(utc_ms at, double spread, const symbol_name& symbol = "BTCUSDT") {
    caf::anon_send(recorder, quote{symbol, 100, 100 + spread, 0, 0, at});
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(spread_recorder_tests, fixture)

CAF_TEST(pieces are kept as they end) {
  say(noon, 1);
  say(noon + 1000, 3);
  say(noon + 1000, 9, "ETHUSDT");
  CAF_CHECK(what->rows.empty());
  say(noon + 10 * minute_ms, 5);
  CAF_REQUIRE_EQUAL(what->rows.size(), 1u);
  CAF_CHECK_EQUAL(what->rows[0].count, 2u);
  CAF_CHECK_EQUAL(what->rows[0].sum, 4);
}

CAF_TEST(what a store refuses is put again) {
  what->refuses = true;
  say(noon, 1);
  say(noon + hour_ms, 1);
  say(noon + 2 * hour_ms, 1);
  CAF_CHECK(what->rows.empty());
  what->refuses = false;
  pass(5s);
  CAF_CHECK_EQUAL(what->rows.size(), 2u);
  pass(60s);
  CAF_CHECK_EQUAL(what->rows.size(), 2u);
}

CAF_TEST(told to end it hands over what is under way) {
  say(noon, 1);
  say(noon, 2, "ETHUSDT");
  caf::anon_send_exit(recorder, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK_EQUAL(what->rows.size(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
