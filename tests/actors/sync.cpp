#define CAF_SUITE sync
#include "actors/sync.hpp"

#include "actors/memory_store.hpp"
#include "tests/actors/live_fixture.hpp"

using namespace troupe;

namespace {

// A feed that has every candle but those it lacks, and counts what it is asked.
struct feed_facts {
  std::set<std::int64_t> lacks;
  std::vector<slot_range> asked;
  bool fails = false;
  feed_lag lag;
};

using whole_feed = live_feed_actor;

whole_feed::behavior_type feed_of(whole_feed::pointer, std::shared_ptr<feed_facts> facts) {
  return {
      [](const watch&) {},
      [=](const get_candles& q) -> caf::result<std::vector<candle>> {
        facts->asked.push_back({q.from, q.to});
        if (facts->fails) return caf::make_error(errc::market_data_error);
        std::vector<candle> out;
        for (auto t = q.from; t < q.to; t += base_interval_ms)
          if (const auto n = (t - live_origin) / base_interval_ms; facts->lacks.count(n) == 0)
            out.push_back(truth(n));
        return out;
      },
      [](const get_feed_status&) {
        return feed_status{"test", "live", 0, slot_at(9), ""};
      },
      [=](const get_feed_lag&) { return facts->lag; },
      [](caf::tick_atom) {},
      [](const stream_opened&) {},
      [](const stream_text&) {},
      [](const stream_closed&) {},
  };
}

struct fixture : feed_fixture {
  std::shared_ptr<feed_facts> facts = std::make_shared<feed_facts>();
  whole_feed source;
  store_actor store;
  sync_actor sync;

  fixture() {
    source = sys.spawn(feed_of, facts);
    store = spawn_memory_store(sys, {});
    facts->lag.now = slot_at(12);
    begin();
  }
  ~fixture() override {
    kill(source);
    kill(store);
    kill(sync);
    sched.run();
  }

  void begin() {
    sync = spawn_sync(sys,
                      {{"BTCUSDT", "ETHUSDT"},
                       "test",
                       store,
                       source,
                       caf::actor_cast<lag_actor>(source),
                       [] { return slot_at(100); },
                       {}});
    sched.run();
  }

  template<class Answer, class Handle, class Question>
  Answer tell(const Handle& whom, Question q) {
    auto pending = self->request(whom, caf::infinite, std::move(q));
    sched.run();
    Answer out{};
    failed_with = errc::none;
    pending.receive([&](Answer& a) { out = std::move(a); },
                    [&](caf::error& e) { failed_with = static_cast<errc>(e.code()); });
    return out;
  }

  void keep(std::initializer_list<int> slots) {
    put_candles some{"BTCUSDT", "test", {}};
    for (int n : slots) some.candles.push_back(truth(n));
    tell<put_receipt>(store, some);
  }

  symbol_sync btc() {
    return tell<std::vector<symbol_sync>>(sync, get_sync_status{"BTCUSDT"}).at(0);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(sync_tests, fixture)

CAF_TEST(the status says what is stored and how far behind it is) {
  keep({0, 1, 4, 9});
  const auto s = btc();
  CAF_CHECK_EQUAL(s.rows, 4u);
  CAF_CHECK_EQUAL(s.gaps, 6u);
  CAF_CHECK_EQUAL(s.lag_ms, 2 * base_interval_ms);
  CAF_CHECK_EQUAL(s.source, "test");
  CAF_CHECK_EQUAL(s.status, "live");
  CAF_CHECK_EQUAL(s.last_sync, 0);
  const auto all = tell<std::vector<symbol_sync>>(sync, get_sync_status{});
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  CAF_CHECK_EQUAL(all[1].status, "empty");
  CAF_CHECK_EQUAL(all[1].lag_ms, -1);
  facts->lag.stale = {"BTCUSDT"};
  CAF_CHECK_EQUAL(btc().status, "stale");
}

CAF_TEST(an order fills what the feed has and says what it has not ) {
  keep({0, 1, 4, 9});
  facts->lacks = {6};
  const auto j = tell<job>(sync, start_sync{"BTCUSDT", "sync-1", slot_at(50)});
  CAF_CHECK_EQUAL(j.kind, "sync");
  const auto after = tell<job>(sync, get_job{"sync-1"});
  CAF_CHECK(after.state == job_state::done);
  CAF_CHECK_EQUAL(after.progress, 1);
  CAF_CHECK_EQUAL(after.step, "5 of 6 missing candles found");
  CAF_CHECK((facts->asked
             == std::vector<slot_range>{{slot_at(2), slot_at(4)}, {slot_at(5), slot_at(9)}}));
  const auto s = btc();
  CAF_CHECK_EQUAL(s.gaps, 1u);
  CAF_CHECK_EQUAL(s.last_sync, slot_at(100));
  kill(sync);
  begin(); // after a restart it is still known
  CAF_CHECK_EQUAL(btc().last_sync, slot_at(100));
}

CAF_TEST(a whole series needs nothing of the feed) {
  keep({0, 1, 2});
  tell<job>(sync, start_sync{"BTCUSDT", "sync-1", 1});
  CAF_CHECK_EQUAL(tell<job>(sync, get_job{"sync-1"}).step, "nothing was missing");
  CAF_CHECK(facts->asked.empty());
}

CAF_TEST(a feed that fails fails the job and the next one goes) {
  keep({0, 2});
  facts->fails = true;
  tell<job>(sync, start_sync{"BTCUSDT", "sync-1", 1});
  const auto failed = tell<job>(sync, get_job{"sync-1"});
  CAF_CHECK(failed.state == job_state::failed);
  CAF_CHECK(!failed.error.empty());
  CAF_CHECK_EQUAL(btc().last_sync, 0);
  facts->fails = false;
  tell<job>(sync, start_sync{"BTCUSDT", "sync-2", 1});
  CAF_CHECK(tell<job>(sync, get_job{"sync-2"}).state == job_state::done);
}

CAF_TEST(what nobody knows is refused by name) {
  tell<job>(sync, start_sync{"NOSUCH", "sync-1", 1});
  CAF_CHECK(failed_with == errc::symbol_not_found);
  tell<std::vector<symbol_sync>>(sync, get_sync_status{"NOSUCH"});
  CAF_CHECK(failed_with == errc::symbol_not_found);
  tell<job>(sync, get_job{"sync-9"});
  CAF_CHECK(failed_with == errc::not_found);
  tell<job>(sync, start_sync{"ETHUSDT", "sync-3", 1}); // nothing stored
  CAF_CHECK(tell<job>(sync, get_job{"sync-3"}).state == job_state::failed);
}

CAF_TEST_FIXTURE_SCOPE_END()
