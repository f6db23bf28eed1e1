// Who speaks and who is tried: what the trainer tells symbols, keeps for a restart and remembers.
#define CAF_SUITE model_roster

#include "actors/memory_store.hpp"
#include "actors/trainer.hpp"
#include "messages/protocol.hpp"
#include "models/forecast/training.hpp"
#include "models/simulated_market.hpp"

#include <caf/test/dsl.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace troupe;

namespace {

struct config : caf::actor_system_config {
  config() { add_message_types<caf::id_block::troupe>(); }
};

constexpr utc_ms monday = 1767607200000; // 2026-01-05 10:00 UTC
constexpr std::uint32_t days = 31;

struct world {
  std::vector<model_set_ptr> spoke, tried; // as symbols were told
  std::vector<model_roles> kept;           // as the edge was told
  std::map<std::string, model_set_ptr> on_disk;
  std::string refuse_roles;
};

symbol_actor::behavior_type fake_symbol(symbol_actor::pointer, std::shared_ptr<world> w) {
  return {
      [](const candle_batch&) { return batch_applied{}; },
      [](const get_prediction&) { return prediction{}; },
      [](const get_predictions&) { return std::vector<prediction>{}; },
      [](const get_signal&) { return signal{}; },
      [](const get_indicators&) { return indicator_report{}; },
      [](const get_history&) { return std::vector<candle>{}; },
      [](const get_symbol_status&) { return symbol_status{}; },
      [](const get_live_scores&) { return symbol_scores{}; },
      [w](const model_published& p) { w->spoke.push_back(p.models); },
      [w](const challenger_published& p) { w->tried.push_back(p.models); },
      [](caf::flush_atom) { return std::uint64_t{0}; },
  };
}

model_set_ptr version(const std::string& name, std::uint32_t learned_days = days) {
  auto set = std::make_shared<model_set>();
  set->symbol = "BTCUSDT";
  set->version = name;
  set->source = "market";
  set->train_to = monday;
  set->train_from = monday - learned_days * day_ms;
  set->infos.push_back(
      {"BTCUSDT-range-6-high", "range", "BTCUSDT", 6, name, 1, 2, "serving", "market", {}});
  return set;
}

struct fixture : test_coordinator_fixture<config> {
  std::shared_ptr<world> seen = std::make_shared<world>();
  store_actor store = spawn_memory_store(sys);
  trainer_actor trainer;
  symbol_actor symbol = sys.spawn(fake_symbol, seen);

  ~fixture() override {
    caf::anon_send_exit(trainer, caf::exit_reason::kill);
    sched.run();
  }

  void start(loaded_roster loaded, bool trials = true, bool comes = true) {
    trainer_options o;
    o.days = o.quick_days = days;
    o.symbols = {"BTCUSDT"};
    o.nightly_minute = 12 * 60;
    o.trials = trials;
    o.detached = false;
    model_keeper keeper;
    keeper.keep = [](const trained_models& t, std::string&) { return t.models; };
    keeper.load = [w = seen](const symbol_name&, const std::string& v, std::string& error) {
      const auto found = w->on_disk.find(v);
      if (found == w->on_disk.end()) error = "there is no version " + v;
      return found == w->on_disk.end() ? model_set_ptr{} : found->second;
    };
    keeper.name_roles = [w = seen](const model_roles& r) {
      if (w->refuse_roles.empty()) w->kept.push_back(r);
      return w->refuse_roles;
    };
    trainer = spawn_trainer(sys, o, store, keeper, std::move(loaded), {});
    if (comes) introduce(false);
  }

  void introduce(bool has_model) {
    self->send(
        trainer,
        symbol_started{"BTCUSDT", has_model, caf::actor_cast<caf::strong_actor_ptr>(symbol)});
    sched.run();
  }

  // A training of all that is stored, to its end.
  void train_now(const std::string& id) {
    put_candles all{"BTCUSDT", "test", {}};
    simulated_market market{3, "BTCUSDT", monday - days * day_ms};
    for (std::uint32_t i = 0; i < days * 288; ++i) all.candles.push_back(market.next());
    self->send(store, all);
    self->send(trainer, wall_clock{monday});
    self->send(trainer, train{"BTCUSDT", {}, id, monday});
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

  trial_report verdict(trial_state state, const std::string& challenger) {
    trial_report r;
    r.symbol = "BTCUSDT";
    r.champion = "old";
    r.challenger = challenger;
    r.state = state;
    r.candles = 2500;
    self->send(trainer, trial_ended{r});
    sched.run();
    return r;
  }

  std::string states() {
    std::string out;
    for (auto& m : ask<std::vector<model_info>>(get_models{}))
      out += m.version + ' ' + m.state + ' ';
    return out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(model_roster_tests, fixture)

CAF_TEST(a version that learned as much as the one that speaks is tried first) {
  start({{version("old")}, {}});
  CAF_CHECK_EQUAL(seen->spoke.size(), 1u); // the symbol came without models
  train_now("a");
  CAF_REQUIRE_EQUAL(seen->tried.size(), 1u);
  CAF_CHECK_EQUAL(seen->spoke.size(), 1u);
  const auto fresh = seen->tried[0]->version;
  CAF_REQUIRE(!seen->kept.empty());
  CAF_CHECK_EQUAL(seen->kept.back().champion, "old");
  CAF_CHECK_EQUAL(seen->kept.back().challenger, fresh);
  const auto rows = ask<std::vector<model_info>>(get_models{"BTCUSDT"});
  CAF_CHECK_EQUAL(rows.front().state, "champion");
  CAF_CHECK_EQUAL(rows.back().state, "challenger");
}

CAF_TEST(a version that learned from clearly more speaks at once) {
  start({{version("quick", 10)}, {}});
  train_now("a");
  CAF_CHECK(seen->tried.empty());
  CAF_CHECK_EQUAL(seen->spoke.size(), 2u);
  CAF_CHECK_EQUAL(seen->kept.back().champion, seen->spoke.back()->version);
}

CAF_TEST(without trials a later version speaks at once) {
  start({{version("old")}, {}}, false);
  train_now("a");
  CAF_CHECK(seen->tried.empty());
  CAF_CHECK_EQUAL(seen->spoke.size(), 2u);
}

CAF_TEST(a verdict for the challenger makes it the champion of a restart) {
  start({{version("old")}, {version("new")}});
  CAF_CHECK_EQUAL(states(), "old champion new challenger ");
  verdict(trial_state::promoted, "new");
  CAF_CHECK_EQUAL(states(), "new champion ");
  CAF_CHECK_EQUAL(seen->kept.back().champion, "new");
  CAF_CHECK_EQUAL(seen->kept.back().challenger, "");
  CAF_CHECK_EQUAL(seen->spoke.size(), 1u); // the symbol has taken it already
}

CAF_TEST(a verdict against it lets it go) {
  for (auto state : {trial_state::rejected, trial_state::kept}) {
    start({{version("old")}, {version("new")}});
    verdict(state, "new");
    CAF_CHECK_EQUAL(states(), "old champion ");
    CAF_CHECK_EQUAL(seen->kept.back().champion, "old");
    CAF_CHECK_EQUAL(seen->kept.back().challenger, "");
  }
}

CAF_TEST(evidence is kept and read back by a later trainer) {
  start({{version("old")}, {version("new")}});
  verdict(trial_state::rejected, "new");
  verdict(trial_state::superseded, "newer");
  start({{version("old")}, {}});
  verdict(trial_state::kept, "newest");
  const auto trials = ask<std::vector<trial_report>>(get_trials{"BTCUSDT"});
  CAF_REQUIRE_EQUAL(trials.size(), 3u);
  CAF_CHECK_EQUAL(trials[0].challenger, "newest");
  CAF_CHECK_EQUAL(trials[1].challenger, "newer");
  CAF_CHECK_EQUAL(trials[2].challenger, "new");
  CAF_CHECK(trials[2].state == trial_state::rejected);
  CAF_CHECK_EQUAL(trials[2].candles, 2500u);
  for (std::size_t i = 0; i < 2 * max_remembered_trials; ++i)
    verdict(trial_state::rejected, "v" + std::to_string(i));
  CAF_CHECK_EQUAL(ask<std::vector<trial_report>>(get_trials{"BTCUSDT"}).size(),
                  max_remembered_trials);
}

CAF_TEST(a version is promoted by hand from the trial or from disk) {
  start({{version("old")}, {version("new")}});
  auto roles = ask<model_roles>(promote_version{"BTCUSDT", "new", monday});
  CAF_CHECK_EQUAL(roles.champion, "new");
  CAF_CHECK_EQUAL(roles.challenger, "");
  CAF_CHECK_EQUAL(seen->spoke.back()->version, "new");
  seen->on_disk["old"] = version("old");
  roles = ask<model_roles>(promote_version{"BTCUSDT", "old", monday});
  CAF_CHECK_EQUAL(roles.champion, "old");
  CAF_CHECK_EQUAL(seen->kept.back().champion, "old");
  CAF_CHECK_EQUAL(states(), "old champion ");
}

CAF_TEST(a promotion that cannot be made changes nothing and says why) {
  start({{version("old")}, {version("new")}});
  errc refused = errc::none;
  ask<model_roles>(promote_version{"BTCUSDT", "nobody", monday}, &refused);
  CAF_CHECK(refused == errc::model_not_found);
  ask<model_roles>(promote_version{"DOGEUSDT", "new", monday}, &refused);
  CAF_CHECK(refused == errc::symbol_not_found);
  CAF_CHECK_EQUAL(states(), "old champion new challenger ");
  seen->refuse_roles = "no space left";
  ask<model_roles>(promote_version{"BTCUSDT", "new", monday}, &refused);
  CAF_CHECK(refused == errc::model_load_error); // a restart would not find it so
}

CAF_TEST(a night does not end a trial with another version) {
  start({{version("old")}, {version("new")}});
  self->send(trainer, wall_clock{monday});
  self->send(trainer, wall_clock{monday + 3 * hour_ms}); // past noon
  sched.run();
  errc refused = errc::none;
  ask<job>(get_job{"nightly-BTCUSDT-2026-01-05"}, &refused);
  CAF_CHECK(refused == errc::not_found);
  verdict(trial_state::kept, "new");
  self->send(trainer, wall_clock{monday + 27 * hour_ms});
  sched.run();
  CAF_CHECK_EQUAL(ask<job>(get_job{"nightly-BTCUSDT-2026-01-06"}).kind, "train");
}

CAF_TEST(a symbol that comes without models is told of both) {
  start({{version("old")}, {version("new")}});
  CAF_REQUIRE_EQUAL(seen->spoke.size(), 1u);
  CAF_REQUIRE_EQUAL(seen->tried.size(), 1u);
  introduce(true); // loaded with the node
  CAF_CHECK_EQUAL(seen->spoke.size(), 1u);
}

CAF_TEST(what changed while a symbol was starting is told when it comes) {
  start({{version("old")}, {version("new")}}, true, false);
  ask<model_roles>(promote_version{"BTCUSDT", "new", monday});
  CAF_CHECK(seen->spoke.empty()); // nobody to tell yet
  introduce(true);
  CAF_REQUIRE_EQUAL(seen->spoke.size(), 1u);
  CAF_CHECK_EQUAL(seen->spoke[0]->version, "new");
  CAF_CHECK(seen->tried.empty());
}

CAF_TEST(a trial that ended while a symbol was starting is ended there too) {
  start({{version("old")}, {version("new")}}, true, false);
  verdict(trial_state::rejected, "new");
  introduce(true);
  CAF_CHECK(seen->spoke.empty());
  CAF_REQUIRE_EQUAL(seen->tried.size(), 1u);
  CAF_CHECK(seen->tried[0] == nullptr);
}

CAF_TEST_FIXTURE_SCOPE_END()
