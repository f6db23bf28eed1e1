// A symbol runs on one node, is asked on any, and goes on elsewhere when that node leaves or dies,
// as if nothing had been.
#define CAF_SUITE cluster_symbols

#include "actors/cluster/cluster_watch.hpp"
#include "tests/actors/cluster_symbols_fixture.hpp"

#include <algorithm>

using namespace troupe;

namespace {

peer_actor::behavior_type noting_peer(peer_actor::pointer, std::string name,
                                      std::shared_ptr<std::vector<std::string>> heard) {
  return {
      [](const remote_call&) { return remote_answer{}; },
      [=](const relayed_news& news) { heard->push_back(name + ' ' + news.bytes); },
      [](const look_again&) {},
      [](const parcel&) { return parcel_taken{}; },
      [](caf::flush_atom) {},
      [](caf::tick_atom) {},
  };
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_symbols_tests, cluster_symbols_fixture)

CAF_TEST(a symbol runs where its shard is owned and nowhere else) {
  auto &a = join("a"), &b = join("b");
  CAF_CHECK(!a.board->find(symbol));
  tell(a, shard_standing::ours, 7);
  tell(b, shard_standing::another, 0, "a");
  CAF_CHECK(a.board->find(symbol));
  CAF_CHECK_EQUAL(a.board->epoch_of(symbol), 7u);
  CAF_CHECK(!b.board->find(symbol));
  CAF_CHECK_EQUAL(b.board->epoch_of(symbol), 0u);
  CAF_CHECK_EQUAL(*b.made, 0u);
}

CAF_TEST(a view that changes nothing for a symbol leaves it alone) {
  auto& a = join("a");
  tell(a, shard_standing::ours, 7);
  tell(a, shard_standing::ours, 7);
  CAF_CHECK_EQUAL(*a.made, 1u);
}

CAF_TEST(a symbol that may have been elsewhere in between is started again) {
  auto& a = join("a");
  tell(a, shard_standing::ours, 7);
  tell(a, shard_standing::ours, 9);
  CAF_CHECK_EQUAL(*a.made, 2u);
  CAF_CHECK_EQUAL(a.board->epoch_of(symbol), 9u);
}

CAF_TEST(a view that was made before another changes nothing) {
  auto& a = join("a");
  views = 5;
  tell(a, shard_standing::ours, 7);
  views = 1;
  tell(a, shard_standing::moving);
  CAF_CHECK(a.board->find(symbol));
}

CAF_TEST(what a symbol has said is written before it goes) {
  auto& a = join("a");
  tell(a, shard_standing::ours, 1);
  pass(5s);
  *a.slow = true;
  pass(3s);
  const auto last = last_candle(a);
  CAF_CHECK(stored_candles(store).back().open_time < last);
  *a.slow = false;
  tell(a, shard_standing::moving);
  const auto kept = stored_candles(store);
  CAF_CHECK_EQUAL(kept.back().open_time, last);
  CAF_CHECK_EQUAL(stored_signals(store).size(), 2 * (kept.size() - learned_candles + 1));
  pass(5s);
  CAF_CHECK_EQUAL(stored_candles(store).size(), kept.size());
}

CAF_TEST(an owner that cannot write goes all the same after its time) {
  auto& a = join("a");
  tell(a, shard_standing::ours, 1);
  *a.dying = true;
  pass(3s);
  bool left = false;
  auto answer = self->request(a.symbols.host, caf::infinite, leave_cluster{});
  pass(2100ms);
  answer.receive([&](bool yes) { left = yes; }, [](caf::error&) {});
  CAF_CHECK(left);
  tell(a, shard_standing::ours, 3);
  CAF_CHECK(!a.board->find(symbol)); // who left takes nothing
}

CAF_TEST(a symbol that cannot be made is tried again) {
  auto& a = join("a");
  *a.can_make = false;
  tell(a, shard_standing::ours, 1);
  CAF_CHECK(!a.board->find(symbol));
  CAF_CHECK_EQUAL(a.board->epoch_of(symbol), 1u);
  *a.can_make = true;
  pass(1100ms);
  CAF_CHECK(a.board->find(symbol));
}

CAF_TEST(a shard that goes before its symbol could be made leaves nothing) {
  auto& a = join("a");
  *a.can_make = false;
  tell(a, shard_standing::ours, 1);
  tell(a, shard_standing::another, 0, "b");
  CAF_CHECK_EQUAL(a.board->epoch_of(symbol), 0u);
  *a.can_make = true;
  pass(1100ms);
  CAF_CHECK_EQUAL(*a.made, 0u);
}

CAF_TEST(a symbol that ends by itself is started again) {
  auto& a = join("a");
  tell(a, shard_standing::ours, 1);
  caf::anon_send_exit(a.board->find(symbol), caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK(!a.board->find(symbol));
  pass(1100ms);
  CAF_CHECK(a.board->find(symbol));
}

CAF_TEST(the store has what one node would have stored after its owner hands over) {
  constexpr std::size_t candles = 60;
  auto &a = join("a"), &b = join("b");
  tell(a, shard_standing::ours, 1);
  pass(30s);
  tell(a, shard_standing::moving);
  tell(b, shard_standing::ours, 2);
  while (stored_candles(store).size() < learned_candles + candles) pass(1s);
  const auto stored = stored_signals(store);
  CAF_CHECK(stored.size() >= 2 * candles);
  CAF_CHECK(stored == undisturbed_signals(candles));
}

CAF_TEST(the store has what one node would have stored after its owner dies) {
  constexpr std::size_t candles = 60;
  auto &a = join("a"), &b = join("b");
  tell(a, shard_standing::ours, 1);
  pass(30s);
  // Several candles still arrive, what is said of them does not.
  *a.slow = true;
  pass(4s);
  *a.slow = false;
  *a.dying = true;
  pass(1500ms);
  const auto before = stored_candles(store).size();
  CAF_CHECK(2 * (before - learned_candles + 1) > stored_signals(store).size() + 4);
  kill(a);
  tell(b, shard_standing::ours, 2);
  while (stored_candles(store).size() < learned_candles + candles) pass(1s);
  const auto stored = stored_signals(store);
  CAF_CHECK(stored == undisturbed_signals(candles));
}

CAF_TEST(a former owner that writes on doubles nothing) {
  constexpr std::size_t candles = 40;
  auto &a = join("a"), &b = join("b");
  tell(a, shard_standing::ours, 1);
  pass(10s);
  // It was not told that its shard is another's by now.
  tell(b, shard_standing::ours, 2);
  while (stored_candles(store).size() < learned_candles + candles) pass(1s);
  kill(a);
  kill(b);
  CAF_CHECK(stored_signals(store) == undisturbed_signals(candles));
}

CAF_TEST(every candle is spoken of by somebody and its order is kept) {
  auto &a = join("a"), &b = join("b");
  tell(a, shard_standing::ours, 1);
  pass(20s);
  *a.dying = true;
  pass(1500ms);
  kill(a);
  tell(b, shard_standing::ours, 2);
  pass(20s);
  auto next = learned_market().back().open_time;
  for (auto& said : *a.said) {
    CAF_REQUIRE_EQUAL(said->last.open_time, next);
    next += base_interval_ms;
  }
  CAF_REQUIRE(!b.said->empty());
  CAF_CHECK(b.said->front()->last.open_time <= next);
  next = b.said->front()->last.open_time;
  for (auto& said : *b.said) {
    CAF_REQUIRE_EQUAL(said->last.open_time, next);
    CAF_CHECK_EQUAL(said->signals.size(), pushed_horizons.size());
    next += base_interval_ms;
  }
}

CAF_TEST(news go to every other node once and to none that is gone) {
  const auto heard = std::make_shared<std::vector<std::string>>();
  const auto board = std::make_shared<cluster_board>();
  const auto relay = spawn_cluster_watch(sys, board);
  for (auto* name : {"b", "c", "b"}) {
    const auto way = sys.spawn(noting_peer, std::string{name}, heard);
    peers.push_back(caf::actor_cast<caf::actor>(way));
    self->send(relay, peer_changed{name, 1, caf::actor_cast<caf::strong_actor_ptr>(way)});
  }
  self->send(relay, relayed_news{"price:BTCUSDT", "1"});
  sched.run();
  std::sort(heard->begin(), heard->end());
  CAF_CHECK((*heard == std::vector<std::string>{"b 1", "c 1"}));
  CAF_CHECK((board->peers() == std::vector<node_name>{"b", "c"}));
  self->send(relay, peer_changed{"b", 1, nullptr});
  self->send(relay, relayed_news{"price:BTCUSDT", "2"});
  sched.run();
  CAF_CHECK((*heard == std::vector<std::string>{"b 1", "c 1", "c 2"}));
  caf::anon_send_exit(relay, caf::exit_reason::kill);
}

CAF_TEST_FIXTURE_SCOPE_END()
