// Nodes of a cluster as far as symbols go, on one test scheduler: each has its own feed, board and
// host, all share one store. Who owns what the test says. Include it after CAF_SUITE is defined.
#pragma once
#include "actors/cluster/symbol_host.hpp"
#include "actors/feeds/simulated.hpp"
#include "actors/memory_store.hpp"
#include "actors/symbol.hpp"
#include "models/placement.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <caf/test/dsl.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

using namespace std::chrono_literals;

struct cluster_config : caf::actor_system_config {
  cluster_config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_cluster>();
  }
};

inline constexpr std::size_t learned_candles = 40 * 288;

inline const std::vector<candle>& learned_market() {
  static const auto all = tests::simulated_candles(learned_candles);
  return all;
}

using bulletins = std::shared_ptr<std::vector<bulletin_ptr>>;

inline publisher_actor::behavior_type listening_publisher(publisher_actor::pointer, bulletins to) {
  return {[to](const bulletin_ptr& said) { to->push_back(said); }};
}

/// The store as a node sees it. `slow`: it takes nothing. `dying`: of what is said nothing arrives
/// any more.
inline store_actor::behavior_type seen_store(store_actor::pointer self, store_actor to,
                                             std::shared_ptr<bool> slow,
                                             std::shared_ptr<bool> dying) {
  const auto refuses = caf::make_error(errc::store_unavailable, "not in this test");
  return {
      [=](put_candles& x) -> caf::result<put_receipt> {
        if (*slow) return refuses;
        return self->delegate(to, std::move(x));
      },
      [=](put_log& x) -> caf::result<put_receipt> {
        if (*slow) return refuses;
        if (!*dying) return self->delegate(to, std::move(x));
        return self->make_response_promise<put_receipt>(); // never answered
      },
      [=](const get_candles& q) { return self->delegate(to, q); },
      [=](const get_signals& q) { return self->delegate(to, q); },
      [=](const get_open_rows& q) { return self->delegate(to, q); },
      [=](get_spans q) { return self->delegate(to, q); },
      [=](const apply_retention&) -> caf::result<std::uint64_t> { return refuses; },
      [=](put_note& x) { return self->delegate(to, std::move(x)); },
      [=](const swap_note&) -> caf::result<put_receipt> { return refuses; },
      [=](const get_note& q) { return self->delegate(to, q); },
      [=](get_store_status q) { return self->delegate(to, q); },
      [](caf::flush_atom) {},
  };
}

/// The way to a node without a network: asks who is on its board, as a peer there would.
inline peer_actor::behavior_type direct_peer(peer_actor::pointer self,
                                             std::shared_ptr<symbol_board> there,
                                             std::shared_ptr<std::uint64_t> calls) {
  return {
      [=](const remote_call& call) -> caf::result<remote_answer> {
        ++*calls;
        const auto symbol = there->find(call.name);
        if (!symbol) return remote_answer{caf::make_error(errc::busy, "not here"), {}};
        auto promise = self->make_response_promise<remote_answer>();
        if (!call.what.match_elements<get_symbol_status>()) {
          promise.deliver(remote_answer{caf::make_error(errc::feature_error, "as it says"), {}});
          return promise;
        }
        self->request(symbol, caf::infinite, get_symbol_status{})
            .then([promise](const symbol_status& s) mutable {
              promise.deliver(remote_answer{{}, caf::make_message(s)});
            });
        return promise;
      },
      [](const relayed_news&) {},
      [](const look_again&) {},
      [](const parcel&) { return parcel_taken{}; },
      [](caf::flush_atom) {},
      [](caf::tick_atom) {},
  };
}

struct cluster_symbols_fixture : test_coordinator_fixture<cluster_config> {
  static constexpr auto symbol = "BTCUSDT";

  struct node {
    node_name name;
    bulletins said = std::make_shared<std::vector<bulletin_ptr>>();
    std::shared_ptr<bool> slow = std::make_shared<bool>(false);
    std::shared_ptr<bool> dying = std::make_shared<bool>(false);
    std::shared_ptr<bool> holds = std::make_shared<bool>(true);
    std::shared_ptr<symbol_board> board;
    std::shared_ptr<std::uint64_t> made = std::make_shared<std::uint64_t>(0);
    std::shared_ptr<bool> can_make = std::make_shared<bool>(true);
    feed_actor feed;
    store_actor store;
    publisher_actor publisher;
    hosted_symbols symbols;

    const symbol_actor& proxy() const { return symbols.proxies.begin()->second; }
  };

  store_actor store = stocked_store();
  std::map<std::string, node> nodes;
  std::vector<caf::actor> peers;
  std::shared_ptr<std::uint64_t> calls = std::make_shared<std::uint64_t>(0);
  std::uint64_t views = 0;

  ~cluster_symbols_fixture() override {
    for (auto& [name, n] : nodes) kill(n);
    for (auto& p : peers) caf::anon_send_exit(p, caf::exit_reason::kill);
    sched.run();
  }

  store_actor stocked_store() {
    auto made = spawn_memory_store(sys);
    self->send(made, put_candles{symbol, "test", learned_market()});
    sched.run();
    return made;
  }

  node& join(const std::string& name) {
    auto& n = nodes[name];
    n.name = name;
    n.board = std::make_shared<symbol_board>([holds = n.holds] { return *holds; });
    simulated_feed_options market;
    market.seed = 5;
    market.speed = 300; // a candle a second
    market.origin = learned_market().front().open_time;
    market.now = learned_market().back().open_time + base_interval_ms;
    n.feed = sys.spawn(simulated_feed, market);
    n.store = sys.spawn(seen_store, store, n.slow, n.dying);
    n.publisher = sys.spawn(listening_publisher, n.said);
    symbol_host_options o;
    o.symbols = {symbol};
    o.board = n.board;
    o.detached = false;
    o.make = [this, &n](const symbol_name& which) {
      if (!*n.can_make) return symbol_actor{};
      ++*n.made;
      symbol_options with;
      with.symbol = which;
      with.source = "test";
      with.stream.rules.name = "test";
      with.stream.made_up = true;
      with.late_candles = 288;
      with.models = tests::small_models().models;
      return spawn_symbol(sys, with, {n.feed, n.store, n.publisher, {}, {}, {}});
    };
    n.symbols = spawn_symbol_host(sys, std::move(o));
    sched.run();
    return n;
  }

  /// As a power cut: nothing is written, nobody is told.
  void kill(node& n) {
    if (auto running = n.board->find(symbol)) caf::anon_send_exit(running, caf::exit_reason::kill);
    caf::anon_send_exit(n.symbols.host, caf::exit_reason::kill);
    for (auto& [name, proxy] : n.symbols.proxies)
      caf::anon_send_exit(proxy, caf::exit_reason::kill);
    caf::anon_send_exit(n.feed, caf::exit_reason::kill);
    caf::anon_send_exit(n.store, caf::exit_reason::kill);
    sched.run();
  }

  /// Tells a node how it stands to the symbol's shard.
  void tell(node& n, shard_standing standing, std::uint64_t epoch = 0,
            const std::string& owner = {}) {
    auto view = std::make_shared<cluster_view>();
    view->number = ++views;
    view->me = n.name;
    const auto shard = shard_of(symbol);
    view->standing.fill(shard_standing::moving);
    view->standing[shard] = standing;
    view->epoch[shard] = epoch;
    view->nodes.push_back({owner, 1, "there:1", cluster_protocol, true, false});
    view->owner[shard] = 0;
    self->send(n.symbols.host, cluster_view_ptr{view});
    sched.run();
  }

  void connect(node& from, node& to) {
    const auto way = sys.spawn(direct_peer, to.board, calls);
    peers.push_back(caf::actor_cast<caf::actor>(way));
    self->send(from.symbols.host,
               peer_changed{to.name, 1, caf::actor_cast<caf::strong_actor_ptr>(way)});
    sched.run();
  }

  void disconnect(node& from, node& to) {
    self->send(from.symbols.host, peer_changed{to.name, 1, nullptr});
    sched.run();
  }

  void pass(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 50ms) {
      advance_time(50ms);
      sched.run();
    }
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

  utc_ms last_candle(node& n) {
    return ask<symbol_status>(n.proxy(), get_symbol_status{}).last_candle;
  }

  /// Every stored signal as text, oldest first.
  std::vector<std::string> stored_signals(const store_actor& of) {
    std::vector<std::string> out;
    for (std::uint32_t offset = 0;; offset += 500) {
      get_signals q;
      q.limit = 500;
      q.offset = offset;
      const auto page = ask<signal_page>(of, q);
      if (page.signals.empty()) break;
      for (auto& s : page.signals) out.push_back(caf::deep_to_string(s.what));
    }
    return {out.rbegin(), out.rend()};
  }

  std::vector<candle> stored_candles(const store_actor& of) {
    return ask<std::vector<candle>>(of, get_candles{symbol, 0, INT64_MAX, 100'000});
  }

  /// What one node stores that nobody disturbs, over as many candles.
  std::vector<std::string> undisturbed_signals(std::size_t candles) {
    auto others = std::exchange(store, stocked_store());
    auto& alone = join("alone");
    tell(alone, shard_standing::ours, 1);
    while (stored_candles(store).size() < learned_candles + candles) pass(1s);
    kill(alone);
    std::swap(others, store);
    return stored_signals(others);
  }
};

} // namespace troupe
