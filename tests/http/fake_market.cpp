#include "fake_market.hpp"

#include "node.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace troupe::test {

namespace {

// As in node.cpp: a function without arguments of its own is not spawned.
struct argument {};

feed_actor::behavior_type fake_feed(feed_actor::pointer, argument) {
  return {
      [](const watch&) {},
      [](const get_candles&) { return std::vector<candle>{}; },
      [](const get_feed_status&) {
        return feed_status{"fake", "live", 3, noon, "simulated"};
      },
      [](caf::tick_atom) {},
  };
}

trainer_actor::behavior_type fake_trainer(trainer_actor::pointer, argument) {
  return {
      [](const train& t) {
        job j;
        j.id = t.job_id;
        j.symbol = t.symbol;
        return j;
      },
      [](const get_job& q) -> caf::result<job> {
        if (q.id != "job-1") return caf::make_error(errc::not_found, "there is no such job");
        job j{"job-1", "train", "BTCUSDT", job_state::running, 0.5, "fold 2 of 4", "", noon, 0};
        return j;
      },
      [](const get_models&) {
        model_info m;
        m.name = "BTCUSDT-range-6-high";
        m.kind = "range";
        m.symbol = "BTCUSDT";
        m.horizon = 6;
        m.version = "v1";
        m.trained_at = noon;
        m.rows = 1000;
        m.state = "champion";
        m.source = "simulated";
        m.metrics = {{"mae", 0.001}, {"skill", 0.12}};
        return std::vector<model_info>{m};
      },
      [](const get_trials& q) -> caf::result<std::vector<trial_report>> {
        trial_report t;
        t.symbol = q.symbol;
        t.champion = "v1";
        t.challenger = "v0";
        t.state = trial_state::rejected;
        t.candles = 2016;
        t.days = 7;
        t.range_difference = -0.5;
        return std::vector<trial_report>{t};
      },
      [](const promote_version& p) -> caf::result<model_roles> {
        if (p.version != "v2") return caf::make_error(errc::model_not_found, "no such version");
        return model_roles{p.symbol, p.version, ""};
      },
      [](const trial_ended&) {},
      [](const wall_clock&) {},
      [](const symbol_started&) {},
  };
}

} // namespace

feed_actor spawn_fake_feed(caf::actor_system& system) {
  return system.spawn(fake_feed, argument{});
}

trainer_actor spawn_fake_trainer(caf::actor_system& system) {
  return system.spawn(fake_trainer, argument{});
}

} // namespace troupe::test
