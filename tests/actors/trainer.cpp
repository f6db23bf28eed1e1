// The trainer on the deterministic scheduler: what begins when, what is published, what is refused.
#define CAF_SUITE trainer

#include "actors/trainer.hpp"

#include "actors/memory_store.hpp"
#include "messages/protocol.hpp"
#include "models/forecast/training.hpp"
#include "models/simulated_market.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
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

struct kept {
  std::vector<model_set_ptr> sets;
  std::string refuse; // the keeper's answer, when not empty
  std::vector<std::string> said;
  std::vector<model_set_ptr> published, challengers;
};

symbol_actor::behavior_type fake_symbol(symbol_actor::pointer, std::shared_ptr<kept> k) {
  return {
      [](const candle_batch&) { return batch_applied{}; },
      [](const get_prediction&) { return prediction{}; },
      [](const get_predictions&) { return std::vector<prediction>{}; },
      [](const get_signal&) { return signal{}; },
      [](const get_indicators&) { return indicator_report{}; },
      [](const get_history&) { return std::vector<candle>{}; },
      [](const get_symbol_status&) { return symbol_status{}; },
      [](const get_live_scores&) { return symbol_scores{}; },
      [k](const model_published& p) { k->published.push_back(p.models); },
      [k](const challenger_published& p) { k->challengers.push_back(p.models); },
      [](caf::flush_atom) { return std::uint64_t{0}; },
  };
}

struct fixture : test_coordinator_fixture<config> {
  std::shared_ptr<kept> world = std::make_shared<kept>();
  store_actor store;
  trainer_actor trainer;
  symbol_actor symbol;

  std::vector<model_kind> kinds{model_kind::xgboost};

  void start(std::uint32_t stored_days, std::uint32_t quick_days, std::int32_t nightly = -1,
             std::vector<model_set_ptr> serving = {}) {
    store = spawn_memory_store(sys);
    if (stored_days > 0) {
      put_candles all{"BTCUSDT", "test", {}};
      simulated_market market{3, "BTCUSDT", monday - stored_days * day_ms};
      for (std::uint32_t i = 0; i < stored_days * 288; ++i) all.candles.push_back(market.next());
      self->send(store, all);
      sched.run();
    }
    trainer_options o;
    o.days = quick_days + 10;
    o.quick_days = quick_days;
    o.symbols = {"BTCUSDT", "ETHUSDT"};
    o.nightly_minute = nightly;
    o.kinds = kinds;
    o.detached = false;
    model_keeper keeper;
    keeper.keep = [w = world](const trained_models& t, std::string& error) -> model_set_ptr {
      error = w->refuse;
      if (!error.empty()) return nullptr;
      w->sets.push_back(t.models);
      return t.models;
    };
    trainer =
        spawn_trainer(sys, o, store, keeper, {std::move(serving), {}},
                      [w = world](log_level, const std::string& text) { w->said.push_back(text); });
    symbol = sys.spawn(fake_symbol, world);
    sched.run();
  }

  void introduce(const symbol_name& name) {
    self->send(trainer,
               symbol_started{name, false, caf::actor_cast<caf::strong_actor_ptr>(symbol)});
    sched.run();
  }

  void time(utc_ms now) {
    self->send(trainer, wall_clock{now});
    sched.run();
  }

  template<class Answer, class Question>
  Answer ask(const Question& q, errc* refused = nullptr) {
    Answer out{};
    auto handle = self->request(trainer, caf::infinite, q);
    sched.run();
    handle.receive([&](Answer& a) { out = std::move(a); },
                   [&](caf::error& e) {
                     if (refused) *refused = static_cast<errc>(e.code());
                   });
    return out;
  }

  bool said(const std::string& part) const {
    for (auto& text : world->said)
      if (text.find(part) != std::string::npos) return true;
    return false;
  }
};

model_set_ptr serving_set() {
  auto set = std::make_shared<model_set>();
  set->symbol = "BTCUSDT";
  set->version = "served";
  set->infos.push_back(
      {"BTCUSDT-range-6-high", "range", "BTCUSDT", 6, "served", 1, 2, "serving", "market", {}});
  return set;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(trainer_tests, fixture)

CAF_TEST(a symbol without a model gets a quick one and then the full one) {
  start(42, 31);
  introduce("BTCUSDT");
  CAF_CHECK(world->sets.empty()); // the time of day is not known yet
  time(monday);
  CAF_REQUIRE_EQUAL(world->sets.size(), 2u);
  CAF_CHECK(world->sets[0]->rows < world->sets[1]->rows);
  // The newest version is what a restart loads, though no minute has passed.
  CAF_CHECK(world->sets[0]->trained_at < world->sets[1]->trained_at);
  CAF_REQUIRE_EQUAL(world->published.size(), 2u);
  CAF_CHECK(world->published[1] == world->sets[1]);
  CAF_CHECK_EQUAL(world->sets[0]->source, "market");
  CAF_CHECK(said(" %, fitted ")); // progress is shown
  CAF_CHECK_EQUAL(ask<std::vector<model_info>>(get_models{}).size(), world->sets[1]->infos.size());
  auto first = ask<job>(get_job{"first-BTCUSDT"});
  CAF_CHECK(first.state == job_state::done);
  CAF_CHECK_EQUAL(first.progress, 1.0);
}

CAF_TEST(a symbol without history learns from simulated days and says so) {
  start(0, 31);
  introduce("BTCUSDT");
  time(monday);
  CAF_REQUIRE(!world->published.empty());
  CAF_CHECK_EQUAL(world->published[0]->source, "simulated");
  CAF_CHECK(said("simulated market"));
}

CAF_TEST(a training that cannot be kept fails and what serves goes on) {
  start(42, 31, -1, {serving_set()});
  world->refuse = "no space left on device";
  introduce("BTCUSDT");
  CAF_REQUIRE_EQUAL(world->published.size(), 1u);
  CAF_CHECK_EQUAL(world->published[0]->version, "served");
  time(monday);
  ask<job>(train{"BTCUSDT", {}, "asked", monday});
  auto j = ask<job>(get_job{"asked"});
  CAF_CHECK(j.state == job_state::failed);
  CAF_CHECK_EQUAL(j.error, "no space left on device");
  CAF_CHECK_EQUAL(world->published.size(), 1u);
  CAF_CHECK_EQUAL(ask<std::vector<model_info>>(get_models{"BTCUSDT"}).size(), 1u);
}

CAF_TEST(a symbol under training answers with the job under way) {
  start(0, 1); // too few days: nothing can be learned, which is all this needs
  auto first = ask<job>(train{"BTCUSDT", {}, "a", 0});
  auto second = ask<job>(train{"BTCUSDT", {}, "b", 0});
  CAF_CHECK_EQUAL(first.id, "a");
  CAF_CHECK_EQUAL(second.id, "a");
  CAF_CHECK_EQUAL(ask<job>(train{"ETHUSDT", {}, "c", 0}).id, "c");
  time(monday);
  CAF_CHECK(ask<job>(get_job{"a"}).state == job_state::failed);
  CAF_CHECK(!ask<job>(get_job{"a"}).error.empty());
  CAF_CHECK_EQUAL(ask<job>(train{"BTCUSDT", {}, "d", monday}).id, "d");
}

CAF_TEST(what makes no sense is refused by name) {
  start(0, 1);
  errc refused = errc::none;
  ask<job>(train{"DOGEUSDT", {}, "a", 0}, &refused);
  CAF_CHECK(refused == errc::symbol_not_found);
  ask<job>(train{"BTCUSDT", {6, 7}, "a", 0}, &refused);
  CAF_CHECK(refused == errc::validation_error);
  ask<job>(get_job{"nobody"}, &refused);
  CAF_CHECK(refused == errc::not_found);
}

CAF_TEST(every night each symbol is trained once) {
  start(0, 1, 120, {serving_set()});
  time(monday);                // 10:00, tonight's hour is over
  time(monday + 15 * hour_ms); // 01:00
  CAF_CHECK(!said("training on"));
  time(monday + 16 * hour_ms); // 02:00
  time(monday + 16 * hour_ms + minute_ms);
  time(monday + 30 * hour_ms);
  auto nights = [&] {
    std::size_t n = 0;
    for (auto& text : world->said) n += text.find("training on") != std::string::npos ? 1 : 0;
    return n;
  };
  CAF_CHECK_EQUAL(nights(), 2u); // both symbols
  time(monday + 41 * hour_ms);   // 03:00 of the night after: caught up
  CAF_CHECK_EQUAL(nights(), 4u);
}

CAF_TEST(nightly trainings take the kinds in turn and all others the first) {
  kinds = {model_kind::xgboost, model_kind::gru, model_kind::ensemble};
  start(0, 1, 120, {serving_set()}); // BTCUSDT serves trees; too few days: each training fails
  time(monday);
  const auto begun = [&](const std::string& name) {
    const auto found = std::find_if(world->said.rbegin(), world->said.rend(), [&](auto& text) {
      return text.find(name + ": training on") != std::string::npos;
    });
    return found == world->said.rend() ? "" : found->substr(found->find('('));
  };
  const std::vector<std::string> btc{"(gru)", "(ensemble)", "(xgboost)", "(gru)"};
  const std::vector<std::string> eth{"(xgboost)", "(gru)", "(ensemble)", "(xgboost)"};
  for (std::size_t night = 0; night < btc.size(); ++night) {
    time(monday + (16 + 24 * static_cast<utc_ms>(night)) * hour_ms);
    CAF_CHECK_EQUAL(begun("BTCUSDT"), btc[night]);
    CAF_CHECK_EQUAL(begun("ETHUSDT"), eth[night]);
  }
  ask<job>(train{"BTCUSDT", {}, "asked", monday});
  CAF_CHECK_EQUAL(begun("BTCUSDT"), "(xgboost)");
}

CAF_TEST_FIXTURE_SCOPE_END()
