// One picture of a node: made at once, renewed at the intervals of the contract, and honest about
// parts that fail or are gone.
#define CAF_SUITE observer

#include "actors/observer.hpp"
#include "tests/actors/money_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

// Everybody in one: counts who asks and answers as the test says.
struct everybody {
  std::map<std::string, int> asked;
  bool store_fails = false, symbol_ready = true;
  journal_status journal;
  std::string path; // of the last request outside
};
using everybody_ptr = std::shared_ptr<everybody>;

caf::behavior answer_all(caf::event_based_actor*, everybody_ptr all) {
  return {
      [=](const get_store_status&) {
        ++all->asked["store"];
        store_status s;
        s.failing = all->store_fails;
        return s;
      },
      [=](const get_feed_status&) {
        ++all->asked["feed"];
        return feed_status{"fake", "live", 1, t0, ""};
      },
      [=](const get_models&) {
        ++all->asked["models"];
        return std::vector<model_info>(1);
      },
      [=](const get_symbol_status&) {
        ++all->asked["symbol"];
        symbol_status s;
        s.symbol = "BTCUSDT";
        s.ready = s.has_model = all->symbol_ready;
        return s;
      },
      [=](const get_live_scores&) {
        ++all->asked["scores"];
        symbol_scores s{"BTCUSDT", {}, {}};
        s.models.push_back({"BTCUSDT-range-6-high", "v1", "champion", t0, t0, {{"n", 12}}});
        return s;
      },
      [=](const get_journal_status&) {
        ++all->asked["journal"];
        return all->journal;
      },
      [=](const get_accounts_status&) {
        ++all->asked["accounts"];
        return accounts_status{1, 2, 3, 4, 5, 6, 7};
      },
      [=](const outbound_request& r) {
        ++all->asked["outside"];
        all->path = r.path;
        return outbound_response{};
      },
  };
}

struct fixture : test_coordinator_fixture<money_config> {
  everybody_ptr all = std::make_shared<everybody>();
  caf::actor one = sys.spawn(answer_all, all);
  std::shared_ptr<snapshot_board> board = std::make_shared<snapshot_board>();
  observed_parts parts{caf::actor_cast<store_actor>(one),
                       caf::actor_cast<feed_actor>(one),
                       caf::actor_cast<trainer_actor>(one),
                       {caf::actor_cast<symbol_actor>(one)}};
  caf::actor observer;

  ~fixture() override {
    for (auto& a : {observer, one})
      if (a) caf::anon_send_exit(a, caf::exit_reason::kill);
    sched.run();
  }
  void observe_money_too() {
    parts.journal = caf::actor_cast<journal_actor>(one);
    parts.accounts.assign(2, caf::actor_cast<accounts_actor>(one));
    parts.services = {caf::actor_cast<outbound_actor>(one)};
  }
  void start() {
    observer = spawn_observer(sys, parts, board);
    sched.run();
  }
  void wait(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      advance_time(1s);
      sched.run();
    }
  }
  std::string status_of(const std::string& part) const {
    for (auto& p : board->read()->parts)
      if (p.name == part) return p.status;
    return "missing";
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(observer_tests, fixture)

CAF_TEST(everything is seen at once and again at the intervals of the contract) {
  observe_money_too();
  start();
  for (auto part : {"database", "ledger", "feed", "models", "symbol:BTCUSDT", "accounts:0"})
    CAF_CHECK_EQUAL(status_of(part), "healthy");
  wait(599);
  CAF_CHECK_EQUAL(all->asked["store"], 60);
  CAF_CHECK_EQUAL(all->asked["journal"], 60);
  CAF_CHECK_EQUAL(all->asked["symbol"], 20);
  CAF_CHECK_EQUAL(all->asked["accounts"], 40); // two registries
  CAF_CHECK_EQUAL(all->asked["feed"], 10);
  CAF_CHECK_EQUAL(all->asked["models"], 10);
  CAF_CHECK_EQUAL(all->asked["outside"], 2);
  CAF_CHECK_EQUAL(all->path, "/health");
}

CAF_TEST(what is not well is looked at again soon) {
  all->symbol_ready = false;
  start();
  CAF_CHECK_EQUAL(status_of("symbol:BTCUSDT"), "degraded");
  all->symbol_ready = true;
  wait(10);
  CAF_CHECK_EQUAL(status_of("symbol:BTCUSDT"), "healthy");
  CAF_CHECK_EQUAL(all->asked["feed"], 1);
  CAF_CHECK_EQUAL(board->read()->symbols.size(), 1u);
}

CAF_TEST(without money there is none in the picture) {
  start();
  CAF_CHECK(!board->read()->journal);
  CAF_CHECK(!board->read()->accounts);
  CAF_CHECK_EQUAL(status_of("ledger"), "missing");
  CAF_CHECK_EQUAL(status_of("accounts"), "missing");
}

CAF_TEST(registries are added up) {
  observe_money_too();
  start();
  const auto seen = board->read();
  CAF_REQUIRE(seen->accounts);
  CAF_CHECK_EQUAL(seen->accounts->loaded, 2u);
  CAF_CHECK_EQUAL(seen->accounts->refused, 10u);
  CAF_CHECK_EQUAL(seen->accounts->asleep, 12u);
  CAF_CHECK_EQUAL(seen->accounts->woken, 14u);
  wait(60);
  CAF_CHECK_EQUAL(board->read()->accounts->loaded, 2u);
}

CAF_TEST(a journal that waits for its lease or fails is degraded) {
  observe_money_too();
  all->journal.lease = "waiting";
  start();
  CAF_CHECK_EQUAL(status_of("ledger"), "degraded");
  all->journal.lease = "held";
  wait(10);
  CAF_CHECK_EQUAL(status_of("ledger"), "healthy");
  all->journal.failing = all->store_fails = true;
  wait(10);
  CAF_CHECK_EQUAL(status_of("ledger"), "degraded");
  CAF_CHECK_EQUAL(status_of("database"), "degraded");
}

CAF_TEST(parts that are gone are unhealthy and the picture keeps what they said last) {
  observe_money_too();
  start();
  caf::anon_send_exit(one, caf::exit_reason::kill);
  wait(60);
  for (auto part : {"database", "ledger", "feed", "models", "symbol:BTCUSDT", "accounts:1"})
    CAF_CHECK_EQUAL(status_of(part), "unhealthy");
  CAF_CHECK_EQUAL(board->read()->symbols.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
