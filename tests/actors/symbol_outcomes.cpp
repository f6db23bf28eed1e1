// What a symbol writes once the outcome of what it said is known, over restarts too, and how it
// tries a version beside the one that speaks.
#define CAF_SUITE symbol_outcomes

#include "actors/memory_store.hpp"
#include "actors/symbol.hpp"
#include "messages/protocol.hpp"
#include "models/forecast/range_model.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <caf/test/dsl.hpp>

#include <limits>
#include <memory>
#include <vector>

using namespace troupe;

namespace {

struct config : caf::actor_system_config {
  config() { add_message_types<caf::id_block::troupe>(); }
};

constexpr std::size_t learned = 40 * 288;

const std::vector<candle>& market() {
  static const auto all = tests::simulated_candles(learned + 3000);
  return all;
}

using trials = std::shared_ptr<std::vector<trial_report>>;

trainer_actor::behavior_type fake_trainer(trainer_actor::pointer, trials told) {
  return {
      [](const train&) { return job{}; },
      [](const get_job&) { return job{}; },
      [](const get_models&) { return std::vector<model_info>{}; },
      [](const get_trials&) { return std::vector<trial_report>{}; },
      [](const promote_version&) { return model_roles{}; },
      [told](const trial_ended& t) { told->push_back(t.report); },
      [](const symbol_started&) {},
      [](const wall_clock&) {},
  };
}

struct fixture : test_coordinator_fixture<config> {
  trials ended = std::make_shared<std::vector<trial_report>>();
  store_actor store = spawn_memory_store(sys);
  trainer_actor trainer = sys.spawn(fake_trainer, ended);
  symbol_actor symbol;

  ~fixture() override {
    stop();
    caf::anon_send_exit(trainer, caf::exit_reason::kill);
    sched.run();
  }

  void stop() {
    if (symbol) caf::anon_send_exit(symbol, caf::exit_reason::user_shutdown);
    sched.run();
  }

  void start(model_set_ptr challenger = nullptr) {
    symbol_options o;
    o.symbol = "BTCUSDT";
    o.source = "test";
    o.stream.rules.name = "test";
    o.stream.costs.round_trip_bp = 0;
    o.models = tests::small_models().models;
    o.challenger = std::move(challenger);
    symbol_peers peers;
    peers.store = store;
    peers.trainer = trainer;
    symbol = spawn_symbol(sys, o, peers);
    sched.run();
  }

  void store_candles(std::size_t from, std::size_t to) {
    self->send(store, put_candles{"BTCUSDT", "test", part(from, to)});
    sched.run();
  }

  void feed(std::size_t from, std::size_t to) {
    auto handle = self->request(symbol, caf::infinite, candle_batch{"BTCUSDT", part(from, to), 0});
    sched.run();
    handle.receive([](batch_applied&) {}, [&](caf::error& e) { CAF_FAIL(sys.render(e)); });
  }

  static std::vector<candle> part(std::size_t from, std::size_t to) {
    const auto begin = market().begin();
    return {begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to)};
  }

  template<class Answer, class To, class Question>
  Answer ask(const To& whom, const Question& q) {
    Answer out{};
    auto handle = self->request(whom, caf::infinite, q);
    sched.run();
    handle.receive([&](Answer& a) { out = std::move(a); },
                   [&](caf::error& e) { CAF_FAIL(sys.render(e)); });
    return out;
  }

  std::vector<open_prediction> open(int horizon) {
    std::vector<open_prediction> out;
    for (auto& p : ask<open_rows>(store, get_open_rows{"BTCUSDT", 0}).predictions)
      if (p.horizon == horizon) out.push_back(p);
    return out;
  }

  // Every stored signal, oldest first.
  std::vector<stored_signal> signals() {
    std::vector<stored_signal> out;
    for (std::uint32_t offset = 0;; offset += 500) {
      get_signals q;
      q.limit = 500;
      q.offset = offset;
      auto page = ask<signal_page>(store, q);
      if (page.signals.empty()) break;
      out.insert(out.begin(), page.signals.rbegin(), page.signals.rend());
    }
    return out;
  }
};

// What must have come of a signal, from the candles themselves.
std::optional<signal_outcome> truth(const signal& s, std::size_t known) {
  std::size_t at = 0;
  while (market()[at].open_time != s.candle_time) ++at;
  const double stop = std::abs(s.entry - s.sl);
  for (std::size_t i = at + 1; i < known && i <= at + 288; ++i) {
    const auto& c = market()[i];
    if (s.considered_long ? c.low <= s.sl : c.high >= s.sl) return signal_outcome{"sl", -1, 0};
    if (s.considered_long ? c.high >= s.tp : c.low <= s.tp)
      return signal_outcome{"tp", s.rr_ratio, 0};
    if (i == at + 288)
      return signal_outcome{"expired", (s.considered_long ? 1 : -1) * (c.close - s.entry) / stop,
                            0};
  }
  return std::nullopt;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(symbol_outcomes_tests, fixture)

CAF_TEST(what came is written beside each prediction when its horizon has passed) {
  store_candles(learned - 2500, learned);
  start();
  feed(learned, learned + 100);
  for (const int h : horizons) CAF_CHECK_EQUAL(open(h).size(), static_cast<std::size_t>(h));
  const auto oldest = open(6).front();
  CAF_CHECK_EQUAL(oldest.candle_time, market()[learned + 94].open_time);
}

CAF_TEST(the outcome of each signal is the one its candles tell) {
  store_candles(learned - 2500, learned);
  start();
  feed(learned, learned + 700);
  std::size_t known = 0;
  for (auto& s : signals()) {
    const auto expected = truth(s.what, learned + 700);
    CAF_REQUIRE_EQUAL(s.outcome.has_value(), expected.has_value());
    if (!expected) continue;
    ++known;
    CAF_CHECK_EQUAL(s.outcome->outcome, expected->outcome);
    CAF_CHECK(std::abs(s.outcome->pnl_r - expected->pnl_r) < 1e-9);
  }
  CAF_CHECK(known > 800);
}

CAF_TEST(a signal made on request is followed like any other) {
  store_candles(learned - 2500, learned);
  start();
  feed(learned, learned + 1);
  const auto asked = ask<signal>(symbol, get_signal{72});
  ask<signal>(symbol, get_signal{72});
  feed(learned + 1, learned + 400);
  for (auto& s : signals())
    if (s.what.id == asked.id) CAF_CHECK(s.outcome.has_value());
}

CAF_TEST(what was open at a stop is settled after it as if there had been none) {
  store_candles(learned - 2500, learned);
  start();
  feed(learned, learned + 200);
  stop();
  store_candles(learned + 200, learned + 230); // that fell due while it was down
  start();
  CAF_CHECK_EQUAL(open(6).size(), 1u); // of the newest candle, said at the start
  CAF_CHECK_EQUAL(open(72).size(), 43u);
  feed(learned + 230, learned + 700);
  for (auto& s : signals()) {
    const auto expected = truth(s.what, learned + 700);
    CAF_REQUIRE_EQUAL(s.outcome.has_value(), expected.has_value());
    if (expected) CAF_CHECK_EQUAL(s.outcome->outcome, expected->outcome);
  }
}

CAF_TEST(live scores are told and survive a restart) {
  store_candles(learned - 2500, learned);
  start();
  feed(learned, learned + 500);
  const auto before = ask<symbol_scores>(symbol, get_live_scores{});
  CAF_CHECK_EQUAL(before.models.size(), 12u);
  CAF_CHECK(before.trials.empty());
  stop();
  start();
  const auto after = ask<symbol_scores>(symbol, get_live_scores{});
  CAF_REQUIRE_EQUAL(after.models.size(), 12u);
  for (std::size_t i = 0; i < 12; ++i)
    CAF_CHECK_EQUAL(before.models[i].figures[0].second, after.models[i].figures[0].second);
}

CAF_TEST(a challenger is tried on the same candles and its trial survives a restart) {
  auto twin = std::make_shared<model_set>(*tests::small_models().models);
  twin->version = "twin";
  store_candles(learned - 2500, learned);
  start();
  self->send(symbol, challenger_published{twin});
  feed(learned, learned + 300);
  auto scores = ask<symbol_scores>(symbol, get_live_scores{});
  CAF_REQUIRE_EQUAL(scores.trials.size(), 1u);
  CAF_CHECK_EQUAL(scores.trials[0].challenger, "twin");
  CAF_CHECK_EQUAL(scores.trials[0].range_difference, 0.0);
  const auto candles = scores.trials[0].candles;
  CAF_CHECK(candles > 200);
  CAF_CHECK_EQUAL(scores.models.size(), 24u);
  stop();
  start(twin);
  scores = ask<symbol_scores>(symbol, get_live_scores{});
  CAF_REQUIRE_EQUAL(scores.trials.size(), 1u);
  CAF_CHECK_EQUAL(scores.trials[0].candles, candles);
}

CAF_TEST(a trial that another version ends is told as superseded) {
  auto twin = std::make_shared<model_set>(*tests::small_models().models);
  twin->version = "twin";
  auto third = std::make_shared<model_set>(*twin);
  third->version = "third";
  store_candles(learned - 2500, learned);
  start(twin);
  feed(learned, learned + 10);
  self->send(symbol, challenger_published{third});
  sched.run();
  CAF_REQUIRE_EQUAL(ended->size(), 1u);
  CAF_CHECK_EQUAL(ended->at(0).challenger, "twin");
  CAF_CHECK(ended->at(0).state == trial_state::superseded);
  self->send(symbol, model_published{twin});
  sched.run();
  CAF_REQUIRE_EQUAL(ended->size(), 2u);
  CAF_CHECK_EQUAL(ended->at(1).challenger, "third");
  CAF_CHECK(ask<symbol_scores>(symbol, get_live_scores{}).trials.empty());
}

CAF_TEST(a verdict is told to the trainer and the winner speaks) {
  auto worse = std::make_shared<model_set>(*tests::small_models().models);
  worse->version = "worse";
  for (auto& m : worse->ranges) {
    auto wrong = *m;
    for (auto& e : wrong.seed_errors) e *= 3;
    wrong.seed_last = std::numeric_limits<utc_ms>::max();
    m = std::make_shared<range_model>(wrong);
  }
  store_candles(learned - 2500, learned);
  start();
  self->send(symbol, model_published{worse});
  self->send(symbol, challenger_published{tests::small_models().models});
  feed(learned, learned + 2900);
  CAF_REQUIRE_EQUAL(ended->size(), 1u);
  CAF_CHECK(ended->at(0).state == trial_state::promoted);
  CAF_CHECK_EQUAL(ask<symbol_status>(symbol, get_symbol_status{}).model_version,
                  tests::small_models().models->version);
}

CAF_TEST_FIXTURE_SCOPE_END()
