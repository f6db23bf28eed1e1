// Only the owner of a symbol trains and promotes; any node finds the way to it.
#define CAF_SUITE cluster_trainer

#include "actors/cluster/trainer_door.hpp"
#include "actors/memory_store.hpp"
#include "actors/trainer.hpp"
#include "models/forecast/training.hpp"
#include "models/placement.hpp"

#include <caf/test/dsl.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct config : caf::actor_system_config {
  config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_cluster>();
  }
};

constexpr utc_ms monday = 1767607200000; // 2026-01-05 10:00 UTC
constexpr auto symbol = "BTCUSDT";

model_set_ptr version(const std::string& name) {
  auto set = std::make_shared<model_set>();
  set->symbol = symbol;
  set->version = name;
  set->source = "market";
  set->train_to = monday;
  set->train_from = monday - 400 * day_ms;
  set->infos.push_back(
      {"BTCUSDT-range-6-high", "range", symbol, 6, name, 1, 2, "serving", "market", {}});
  return set;
}

// A peer that asks the trainer of the node there.
peer_actor::behavior_type direct_peer(peer_actor::pointer self, trainer_actor there,
                                      std::shared_ptr<symbol_board> board) {
  return {
      [=](const remote_call& call) -> caf::result<remote_answer> {
        const auto who = answerer_of(call, *board, there);
        if (!who) return remote_answer{caf::make_error(errc::busy, "not here"), {}};
        auto promise = self->make_response_promise<remote_answer>();
        const auto failed = [promise](caf::error& e) mutable {
          promise.deliver(remote_answer{std::move(e), {}});
        };
        const auto to = caf::actor_cast<trainer_actor>(who);
        const auto& what = call.what;
        if (what.match_elements<promote_version>())
          self->request(to, caf::infinite, what.get_as<promote_version>(0))
              .then(
                  [promise](model_roles& r) mutable {
                    promise.deliver(remote_answer{{}, caf::make_message(r)});
                  },
                  failed);
        else if (what.match_elements<get_models>())
          self->request(to, caf::infinite, what.get_as<get_models>(0))
              .then(
                  [promise](std::vector<model_info>& r) mutable {
                    promise.deliver(remote_answer{{}, caf::make_message(r)});
                  },
                  failed);
        else if (what.match_elements<get_job>())
          self->request(to, caf::infinite, what.get_as<get_job>(0))
              .then(
                  [promise](job& r) mutable {
                    promise.deliver(remote_answer{{}, caf::make_message(r)});
                  },
                  failed);
        else
          promise.deliver(remote_answer{caf::make_error(errc::internal), {}});
        return promise;
      },
      [](const relayed_news&) {},
      [](const look_again&) {},
      [](const parcel&) { return parcel_taken{}; },
      [](caf::flush_atom) {},
      [](caf::tick_atom) {},
  };
}

struct fixture : test_coordinator_fixture<config> {
  struct node {
    std::shared_ptr<bool> mine = std::make_shared<bool>(false);
    std::shared_ptr<std::optional<started_models>> with =
        std::make_shared<std::optional<started_models>>();
    std::shared_ptr<std::vector<model_roles>> kept = std::make_shared<std::vector<model_roles>>();
    trainer_actor trainer;
    trainer_door_actor door;
  };
  store_actor store = spawn_memory_store(sys);
  std::map<std::string, node> nodes;
  std::vector<caf::actor> peers;

  ~fixture() override {
    for (auto& [name, n] : nodes) {
      caf::anon_send_exit(n.trainer, caf::exit_reason::kill);
      caf::anon_send_exit(n.door, caf::exit_reason::kill);
    }
    for (auto& p : peers) caf::anon_send_exit(p, caf::exit_reason::kill);
    sched.run();
  }

  node& join(const std::string& name) {
    auto& n = nodes[name];
    trainer_options o;
    o.symbols = {symbol, "ETHUSDT"};
    o.nightly_minute = 12 * 60;
    o.detached = false;
    o.mine = [mine = n.mine](const symbol_name&) { return *mine; };
    model_keeper keeper;
    keeper.keep = [](const trained_models& t, std::string&) { return t.models; };
    keeper.load = [](const symbol_name&, const std::string& v, std::string&) { return version(v); };
    keeper.name_roles = [kept = n.kept](const model_roles& r) {
      kept->push_back(r);
      return std::string{};
    };
    keeper.started_with = [with = n.with](const symbol_name&) {
      return std::exchange(*with, std::nullopt);
    };
    n.trainer = spawn_trainer(sys, o, store, keeper, {}, {});
    n.door = spawn_trainer_door(sys, n.trainer);
    sched.run();
    return n;
  }

  void own(node& n, const std::string& champion, const std::string& challenger = {}) {
    *n.mine = true;
    *n.with = started_models{version(champion),
                             challenger.empty() ? model_set_ptr{} : version(challenger)};
    self->send(n.trainer, symbol_started{symbol, true, nullptr});
    tell(n, shard_standing::ours);
  }

  void tell(node& n, shard_standing standing, const std::string& owner = {}) {
    auto view = std::make_shared<cluster_view>();
    const auto shard = shard_of(symbol);
    view->standing.fill(shard_standing::moving);
    view->standing[shard] = standing;
    view->nodes.push_back({owner, 1, "there:1", cluster_protocol, true, false});
    self->send(n.door, cluster_view_ptr{view});
    sched.run();
  }

  void connect(node& from, const std::string& name) {
    const auto way = sys.spawn(direct_peer, nodes[name].trainer, std::make_shared<symbol_board>());
    peers.push_back(caf::actor_cast<caf::actor>(way));
    self->send(from.door, peer_changed{name, 1, caf::actor_cast<caf::strong_actor_ptr>(way)});
    sched.run();
  }

  template<class Answer, class To, class Question>
  Answer ask(const To& whom, const Question& q, errc* refused = nullptr) {
    Answer out{};
    auto handle = self->request(whom, caf::infinite, q);
    sched.run();
    handle.receive([&](Answer& a) { out = std::move(a); },
                   [&](caf::error& e) {
                     if (!refused) CAF_FAIL(sys.render(e));
                     *refused = static_cast<errc>(e.code());
                   });
    return out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_trainer_tests, fixture)

CAF_TEST(a trainer refuses what another node has by name) {
  auto& a = join("a");
  errc why = errc::none;
  ask<job>(a.trainer, train{symbol, {}, "1", monday}, &why);
  CAF_CHECK(why == errc::busy);
  why = errc::none;
  ask<model_roles>(a.trainer, promote_version{symbol, "v", monday}, &why);
  CAF_CHECK(why == errc::busy);
  CAF_CHECK(a.kept->empty());
}

CAF_TEST(by night only the owner trains) {
  auto& a = join("a");
  self->send(a.trainer, wall_clock{monday});
  self->send(a.trainer, wall_clock{monday + 3 * hour_ms});
  sched.run();
  errc why = errc::none;
  const auto night = "nightly-BTCUSDT-2026-01-05";
  ask<job>(a.trainer, get_job{night}, &why);
  CAF_CHECK(why == errc::not_found);
  *a.mine = true;
  self->send(a.trainer, wall_clock{monday + day_ms + 3 * hour_ms});
  sched.run();
  CAF_CHECK_EQUAL(ask<job>(a.trainer, get_job{"nightly-BTCUSDT-2026-01-06"}).symbol, symbol);
}

CAF_TEST(a training that waits while its symbol goes is not begun) {
  auto& a = join("a");
  *a.mine = true;
  ask<job>(a.trainer, train{symbol, {}, "1", monday}); // begins when the time is known
  *a.mine = false;
  self->send(a.trainer, wall_clock{monday});
  sched.run();
  const auto ended = ask<job>(a.trainer, get_job{"1"});
  CAF_CHECK(ended.state == job_state::failed);
  CAF_CHECK_EQUAL(ended.error, "the symbol is another node's by now");
}

CAF_TEST(a trainer goes by what a symbol was started with) {
  auto& a = join("a");
  own(a, "first");
  auto rows = ask<std::vector<model_info>>(a.trainer, get_models{});
  CAF_REQUIRE_EQUAL(rows.size(), 1u);
  CAF_CHECK_EQUAL(rows[0].version, "first");
  // It was elsewhere meanwhile, and another version was promoted there.
  own(a, "second", "tried");
  rows = ask<std::vector<model_info>>(a.trainer, get_models{});
  CAF_REQUIRE_EQUAL(rows.size(), 2u);
  CAF_CHECK_EQUAL(rows[0].version, "second");
  CAF_CHECK_EQUAL(rows[1].version, "tried");
  *a.mine = false;
  CAF_CHECK(ask<std::vector<model_info>>(a.trainer, get_models{}).empty());
}

CAF_TEST(a promotion that is asked of another node is made by the owner) {
  auto &a = join("a"), &b = join("b");
  own(a, "first");
  tell(b, shard_standing::another, "a");
  connect(b, "a");
  const auto roles = ask<model_roles>(b.door, promote_version{symbol, "second", monday});
  CAF_CHECK_EQUAL(roles.champion, "second");
  CAF_REQUIRE_EQUAL(a.kept->size(), 1u);
  CAF_CHECK_EQUAL(a.kept->front().champion, "second");
  CAF_CHECK(b.kept->empty());
}

CAF_TEST(a promotion that finds no owner is answered busy) {
  auto& b = join("b");
  errc why = errc::none;
  ask<model_roles>(b.door, promote_version{symbol, "v", monday}, &why);
  CAF_CHECK(why == errc::busy);
  tell(b, shard_standing::another, "a"); // and there is no way to a
  why = errc::none;
  ask<model_roles>(b.door, promote_version{symbol, "v", monday}, &why);
  CAF_CHECK(why == errc::busy);
}

CAF_TEST(models of all nodes are listed and jobs of all are found) {
  auto &a = join("a"), &b = join("b");
  own(a, "first");
  tell(b, shard_standing::another, "a");
  connect(b, "a");
  ask<job>(a.trainer, train{symbol, {}, "here", monday});
  const auto rows = ask<std::vector<model_info>>(b.door, get_models{});
  CAF_REQUIRE_EQUAL(rows.size(), 1u);
  CAF_CHECK_EQUAL(rows[0].version, "first");
  CAF_CHECK_EQUAL(ask<job>(b.door, get_job{"here"}).symbol, symbol);
  errc why = errc::none;
  ask<job>(b.door, get_job{"nowhere"}, &why);
  CAF_CHECK(why == errc::not_found);
}

CAF_TEST_FIXTURE_SCOPE_END()
