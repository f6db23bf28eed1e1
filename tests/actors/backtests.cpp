// Backtests on the deterministic scheduler: what runs when, who is answered, what is refused and
// forgotten.
#define CAF_SUITE backtests

#include "actors/backtests.hpp"

#include "actors/memory_store.hpp"
#include "actors/worker.hpp"
#include "models/backtest/backtest.hpp"
#include "models/simulated_market.hpp"

#include <caf/test/dsl.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace troupe;

namespace {

struct config : caf::actor_system_config {
  config() { add_message_types<caf::id_block::troupe>(); }
};

// 2026-01-05 10:00 UTC.
constexpr utc_ms monday = 1767607200000;
constexpr std::uint32_t stored_days = 45;

std::vector<candle> history() {
  simulated_market market{3, "BTCUSDT", monday - stored_days * day_ms};
  std::vector<candle> out;
  for (std::uint32_t i = 0; i < stored_days * 288; ++i) out.push_back(market.next());
  return out;
}

struct fixture : test_coordinator_fixture<config> {
  store_actor store = spawn_memory_store(sys);
  backtests_actor backtests;
  int loads = 0; // of stored models

  void start(bool with_candles = true) {
    if (with_candles) {
      self->send(store, put_candles{"BTCUSDT", "test", history()});
      sched.run();
    }
    backtests_options o;
    o.strategies = {{"always_in", 0, 0, 0, true}};
    o.train_days = 30;
    o.detached = false;
    o.stored_models = [this](const symbol_name&) {
      ++loads;
      return model_set_ptr{};
    };
    backtests = spawn_backtests(sys, o, store);
    sched.run();
  }
  ~fixture() {
    self->send_exit(backtests, caf::exit_reason::user_shutdown);
    self->send_exit(store, caf::exit_reason::user_shutdown);
    sched.run();
  }

  static backtest_order order(const std::string& id) {
    backtest_order o;
    o.job_id = id;
    o.at = monday;
    o.symbol = "BTCUSDT";
    o.strategy = "always_in";
    o.blocks = 1;
    o.from = monday - 15 * day_ms;
    o.random_runs = 5;
    return o;
  }

  /// What it says of a question or an order, without letting the work run.
  template<class T>
  std::pair<backtest_status_ptr, errc> tell(const T& what) {
    std::pair<backtest_status_ptr, errc> out{nullptr, errc::none};
    auto message = std::make_shared<const T>(what);
    auto asked = self->request(backtests, caf::infinite, message);
    expect((std::shared_ptr<const T>), from(self).to(backtests));
    asked.receive([&](const backtest_status_ptr& s) { out.first = s; },
                  [&](const caf::error& e) { out.second = static_cast<errc>(e.code()); });
    return out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(backtests_tests, fixture)

CAF_TEST(a backtest is followed from its order to its result) {
  start();
  const auto begun = tell(order("backtest-1")).first;
  CAF_REQUIRE(begun != nullptr);
  CAF_CHECK_EQUAL(begun->what.state, job_state::running);
  CAF_CHECK_EQUAL(begun->what.step, "reads candles");
  auto waits = self->request(
      backtests, caf::infinite,
      std::make_shared<const backtest_question>(backtest_question{"backtest-1", true}));
  sched.run();
  backtest_status_ptr done;
  waits.receive([&](const backtest_status_ptr& s) { done = s; },
                [&](const caf::error& e) { CAF_FAIL(sys.render(e)); });
  CAF_REQUIRE(done != nullptr);
  CAF_CHECK_EQUAL(done->what.error, "");
  CAF_CHECK_EQUAL(done->what.state, job_state::done);
  CAF_CHECK_EQUAL(done->what.progress, 1.);
  CAF_REQUIRE(done->result != nullptr);
  CAF_CHECK_EQUAL(done->result->from, monday - 15 * day_ms);
  CAF_CHECK(done->result->trades > 10);
  CAF_CHECK_EQUAL(done->result->random.runs, 5u);

  CAF_CHECK_EQUAL(tell(backtest_question{"backtest-1", false}).first->result, done->result);
}

CAF_TEST(one runs and a few wait and one more is refused) {
  start();
  for (std::size_t i = 0; i <= max_waiting_backtests; ++i)
    CAF_CHECK(tell(order("backtest-" + std::to_string(i))).first != nullptr);
  CAF_CHECK_EQUAL(tell(backtest_question{"backtest-0", false}).first->what.state,
                  job_state::running);
  CAF_CHECK_EQUAL(tell(backtest_question{"backtest-1", false}).first->what.state,
                  job_state::queued);
  CAF_CHECK_EQUAL(tell(order("backtest-x")).second, errc::busy);
}

CAF_TEST(an unknown strategy and an unknown job are named errors) {
  start(false);
  auto wrong = order("backtest-1");
  wrong.strategy = "nobody's";
  CAF_CHECK_EQUAL(tell(wrong).second, errc::validation_error);
  wrong = order("backtest-1");
  wrong.horizon = 7;
  CAF_CHECK_EQUAL(tell(wrong).second, errc::validation_error);
  CAF_CHECK_EQUAL(tell(backtest_question{"backtest-9", false}).second, errc::not_found);
}

CAF_TEST(what cannot be run fails with its reason and the next one follows) {
  start(false); // no candles
  auto serving = order("backtest-2");
  serving.serving_models = true;
  tell(order("backtest-1"));
  tell(serving);
  sched.run();
  const auto first = tell(backtest_question{"backtest-1", true}).first;
  CAF_CHECK_EQUAL(first->what.state, job_state::failed);
  CAF_CHECK(first->what.error.find("fewer than a day") != std::string::npos);
  const auto second = tell(backtest_question{"backtest-2", true}).first;
  CAF_CHECK_EQUAL(second->what.error, "there are no stored models of BTCUSDT");
  CAF_CHECK_EQUAL(loads, 1);
}

CAF_TEST(the oldest results are forgotten) {
  start(false);
  for (std::size_t i = 0; i < max_remembered_backtests + 3; ++i) {
    tell(order("backtest-" + std::to_string(i)));
    sched.run();
  }
  CAF_CHECK_EQUAL(tell(backtest_question{"backtest-2", false}).second, errc::not_found);
  CAF_CHECK(tell(backtest_question{"backtest-3", false}).first != nullptr);
}

CAF_TEST(a stop ends a walk within a fit) {
  backtest_options o;
  o.history.symbol = "BTCUSDT";
  o.history.blocks = 1;
  o.history.from = monday - 10 * day_ms;
  o.strategies = {{"always_in", 0, 0, 0, true}};
  int told = 0;
  const auto ended = run_backtest(o, history(), [&](double, const char*) { return ++told < 2; });
  CAF_CHECK(ended.error.find("stopped") != std::string::npos);
  CAF_CHECK_EQUAL(told, 2);
}

CAF_TEST_FIXTURE_SCOPE_END()
