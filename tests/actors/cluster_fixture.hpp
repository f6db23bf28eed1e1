// What the suites of the cluster share: leases in memory, and nodes of which only the membership
// and the journal are there. Include it after CAF_SUITE is defined.
#pragma once
#include "actors/cluster/fenced_journal.hpp"
#include "actors/cluster/membership.hpp"
#include "actors/cluster/memory_leases.hpp"
#include "messages/types.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <caf/test/dsl.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

struct cluster_config : caf::actor_system_config {
  cluster_config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_money>();
    add_message_types<caf::id_block::troupe_accounts>();
    add_message_types<caf::id_block::troupe_cluster>();
  }
};

/// A node's way to the database, which may hold back what is answered.
struct leases_road {
  bool cut = false;     // whatever is said is lost
  bool holding = false; // answers wait for let_go
  std::size_t held = 0;
  caf::actor keeper;

  void let_go() {
    holding = false;
    held = 0;
    caf::anon_send(keeper, caf::ok_atom::value);
  }
};
using road_ptr = std::shared_ptr<leases_road>;

/// Who waits for the road to be free asks this.
inline caf::behavior keeper_behavior(caf::event_based_actor* self) {
  auto waiting = std::make_shared<std::vector<caf::typed_response_promise<caf::atom_value>>>();
  return {[=](caf::get_atom) {
            waiting->push_back(self->make_response_promise<caf::atom_value>());
            return waiting->back();
          },
          [=](caf::ok_atom) {
            for (auto& w : std::exchange(*waiting, {})) w.deliver(caf::atom_value{});
          }};
}

template<class Answer, class Request>
auto along(leases_actor::pointer self, const road_ptr& road, const leases_actor& real) {
  return [=](const Request& request) -> caf::result<Answer> {
    auto promise = self->make_response_promise<Answer>();
    if (road->cut) return promise; // never delivered
    auto pass = [=](std::function<void()> answer) {
      if (!road->holding) return answer();
      ++road->held;
      self->request(road->keeper, caf::infinite, caf::get_atom::value)
          .then([answer](caf::atom_value) { answer(); }, [](const caf::error&) {});
    };
    self->request(real, caf::infinite, request)
        .then(
            [=](Answer& a) mutable {
              pass([promise, a = std::move(a)]() mutable { promise.deliver(std::move(a)); });
            },
            [=](caf::error& e) mutable {
              pass([promise, e = std::move(e)]() mutable { promise.deliver(std::move(e)); });
            });
    return promise;
  };
}

inline leases_actor::behavior_type road_behavior(leases_actor::pointer self, road_ptr road,
                                                 leases_actor real) {
  return {along<joined, join_cluster>(self, road, real),
          along<cluster_table, beat_node>(self, road, real),
          along<shards_taken, take_shards>(self, road, real),
          along<std::uint64_t, release_shards>(self, road, real)};
}

/// One node, and what it said last.
struct small_node {
  node_name name;
  road_ptr road = std::make_shared<leases_road>();
  std::shared_ptr<lease_clock> clock = std::make_shared<lease_clock>();
  membership_actor membership;
  owned_journal_actor journal;
  caf::actor ear;
  cluster_view_ptr view; // newest
  std::vector<cluster_view_ptr> views;
  std::vector<std::string> log;
};

struct cluster_fixture : test_coordinator_fixture<cluster_config> {
  std::shared_ptr<lease_book> book = std::make_shared<lease_book>();
  std::shared_ptr<memory_book> rows = std::make_shared<memory_book>();
  std::shared_ptr<leases_weather> weather = std::make_shared<leases_weather>();
  leases_actor leases;
  std::map<std::string, std::unique_ptr<small_node>> nodes;
  std::vector<caf::actor> doomed;
  bool meshed = true; // nodes tell each other to look again
  std::size_t most_moving = 64;
  bool former_is_gone = true;
  std::uint32_t protocol = cluster_protocol;

  cluster_fixture() { leases = spawn_memory_leases(sys, book, weather); }
  ~cluster_fixture() override {
    for (auto& d : doomed) caf::anon_send_exit(d, caf::exit_reason::kill);
    sched.run();
  }

  small_node& start(const std::string& key, node_name name = {}, std::string address = "host:1") {
    auto& n = *(nodes[key] = std::make_unique<small_node>());
    n.name = name.empty() ? key : name;
    fenced_journal_options kept;
    kept.name = n.name;
    kept.book = rows;
    kept.leases = book;
    n.journal = spawn_fenced_journal(sys, kept);
    membership_options o;
    o.name = n.name;
    o.address = std::move(address);
    n.road->keeper = sys.spawn(keeper_behavior);
    doomed.push_back(n.road->keeper);
    o.leases = sys.spawn(road_behavior, n.road, leases);
    o.journal = n.journal;
    o.clock = n.clock;
    o.most_moving = most_moving;
    o.protocol = protocol;
    o.former_is_gone = former_is_gone;
    o.detached = false;
    o.log = [&n](log_level, const std::string& text) { n.log.push_back(text); };
    o.changed = [this, key] {
      if (!meshed) return;
      for (auto& [other, node] : nodes)
        if (other != key && node->membership) caf::anon_send(node->membership, look_again{});
    };
    doomed.push_back(caf::actor_cast<caf::actor>(o.leases));
    doomed.push_back(caf::actor_cast<caf::actor>(n.journal));
    n.membership = spawn_membership(sys, std::move(o));
    doomed.push_back(caf::actor_cast<caf::actor>(n.membership));
    n.ear = sys.spawn([&n](caf::event_based_actor*) -> caf::behavior {
      return {[&n](const cluster_view_ptr& view) {
        n.view = view;
        n.views.push_back(view);
      }};
    });
    doomed.push_back(n.ear);
    caf::anon_send(n.membership, watch_cluster{caf::actor_cast<caf::strong_actor_ptr>(n.ear)});
    return n;
  }
  void kill(const std::string& key) {
    auto& n = *nodes.at(key);
    for (auto a :
         {caf::actor_cast<caf::actor>(n.membership), n.ear, caf::actor_cast<caf::actor>(n.journal)})
      caf::anon_send_exit(a, caf::exit_reason::kill);
    n.membership = membership_actor{};
    n.view = nullptr;
    n.clock->set_until(0);
    sched.run();
  }

  std::int64_t now_ns() { return sched.clock().now().time_since_epoch().count(); }

  /// One event after the other; after each, nobody serves what another serves.
  void run() {
    while (sched.try_run_once()) check_nobody_serves_twice();
  }
  void pass(caf::timespan time, caf::timespan step = std::chrono::milliseconds{10}) {
    for (caf::timespan done{0}; done < time; done += step) {
      sched.clock().advance_time(step);
      run();
    }
  }
  void check_nobody_serves_twice() {
    for (std::uint32_t s = 0; s < shard_count; ++s) {
      const small_node* one = nullptr;
      for (auto& [key, node] : nodes) {
        if (!node->clock->holds(s, node->clock->epoch_of(s), now_ns())) continue;
        if (one) CAF_FAIL("shard " << s << " is served by " << one->name << " and " << key);
        one = node.get();
      }
    }
  }
  int served(const std::string& key) {
    int out = 0;
    for (std::uint32_t s = 0; s < shard_count; ++s) {
      auto& c = *nodes.at(key)->clock;
      out += c.holds(s, c.epoch_of(s), now_ns());
    }
    return out;
  }
  int standing(const std::string& key, shard_standing what) {
    int out = 0;
    const auto& view = nodes.at(key)->view;
    for (std::uint32_t s = 0; view && s < shard_count; ++s) out += view->standing[s] == what;
    return out;
  }
  bool said(const std::string& key, const std::string& words) {
    for (const auto& line : nodes.at(key)->log)
      if (line.find(words) != std::string::npos) return true;
    return false;
  }
};

} // namespace troupe
