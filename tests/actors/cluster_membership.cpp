// Membership: what a node serves it alone serves, however it comes and goes.
#define CAF_SUITE cluster_membership

#include "tests/actors/cluster_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct fixture : cluster_fixture {
  /// Asks the membership to leave, and says whether it answered.
  std::shared_ptr<bool> leave(const std::string& key) {
    auto done = std::make_shared<bool>(false);
    sys.spawn(
        [=](caf::event_based_actor* me, int) {
          me->request(nodes.at(key)->membership, 600min, leave_cluster{})
              .then([done](bool left) { *done = left; }, [](const caf::error&) {});
        },
        0);
    return done;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_membership_tests, fixture)

CAF_TEST(who_is_alone_serves_every_shard) {
  start("a");
  run();
  CAF_CHECK_EQUAL(served("a"), 256);
  CAF_CHECK_EQUAL(standing("a", shard_standing::ours), 256);
  pass(20s, 100ms);
  CAF_CHECK_EQUAL(served("a"), 256);
  CAF_CHECK_EQUAL(nodes["a"]->view->incarnation, 1u);
}

CAF_TEST(a second node gets half of it in steps and nobody serves a shard twice) {
  most_moving = 32;
  start("a");
  run();
  start("b");
  int most_moving_at_once = 0;
  while (sched.try_run_once()) {
    check_nobody_serves_twice();
    most_moving_at_once = std::max(most_moving_at_once, 256 - served("a") - served("b"));
  }
  CAF_CHECK_EQUAL(served("a"), 128);
  CAF_CHECK_EQUAL(served("b"), 128);
  CAF_CHECK_EQUAL(most_moving_at_once, 32);
  pass(2s);
  CAF_CHECK_EQUAL(standing("a", shard_standing::another), 128);
  CAF_CHECK_EQUAL(nodes["a"]->view->owner_of(255).name, "b");
}

CAF_TEST(without a way between nodes it takes some beats and gets there too) {
  meshed = false;
  start("a");
  run();
  start("b");
  pass(20s, 50ms);
  CAF_CHECK_EQUAL(served("a"), 128);
  CAF_CHECK_EQUAL(served("b"), 128);
}

CAF_TEST(a shard says ours only after the journal was told to hold it) {
  auto& n = start("a");
  const auto may_load = [&] {
    bool answered = false;
    sys.spawn(
        [&](caf::event_based_actor* me, int) {
          me->request(n.journal, 1s, load_account{"someone"})
              .then([&](const stored_account&) { answered = true; }, [](const caf::error&) {});
        },
        0);
    sched.run();
    return answered;
  };
  while (standing("a", shard_standing::ours) == 0 && sched.try_run_once()) {
  }
  CAF_REQUIRE_EQUAL(standing("a", shard_standing::ours), 256);
  CAF_CHECK(may_load());
  pass(1s);
  weather->away = true;
  pass(3s);
  CAF_CHECK(!may_load());
}

CAF_TEST(what a dead node had is taken only when its lease is over) {
  start("a");
  start("b");
  pass(5s);
  CAF_REQUIRE_EQUAL(served("b"), 128);
  kill("a");
  pass(1900ms);
  CAF_CHECK_EQUAL(served("b"), 128);
  pass(2200ms);
  CAF_CHECK_EQUAL(served("b"), 256);
}

CAF_TEST(a node that was stopped finds everything moving before it answers) {
  start("a");
  auto& b = start("b");
  pass(5s);
  CAF_REQUIRE_EQUAL(served("a"), 128);
  // It is stopped: its process hears nothing, while the database and the other go on.
  const auto epoch = b.view->epoch;
  nodes["a"]->road->cut = true;
  sched.clock().advance_time(3s);
  CAF_CHECK_EQUAL(served("a"), 0); // before a single event
  for (std::uint32_t s = 0; s < shard_count; ++s)
    CAF_CHECK(!nodes["a"]->clock->holds(s, epoch[s], now_ns()));
  run();
  CAF_CHECK_EQUAL(standing("a", shard_standing::moving), 256);
  CAF_CHECK(said("a", "the lease ran out"));
  pass(4s);
  CAF_CHECK_EQUAL(served("b"), 256);
  nodes["a"]->road->cut = false;
  pass(5s);
  CAF_CHECK_EQUAL(served("a"), 128);
  CAF_CHECK_EQUAL(served("b"), 128);
}

CAF_TEST(an answer that comes when its lease is over counts for nothing) {
  start("a");
  run();
  nodes["a"]->road->holding = true;
  pass(1400ms); // a beat was asked, and is answered in the database
  CAF_REQUIRE(nodes["a"]->road->held > 0);
  sched.clock().advance_time(4s);
  nodes["a"]->road->let_go();
  CAF_CHECK_EQUAL(served("a"), 0);
  while (nodes["a"]->view->standing[0] != shard_standing::moving && sched.try_run_once()) {
    CAF_CHECK_EQUAL(served("a"), 0);
  }
  CAF_CHECK_EQUAL(nodes["a"]->view->standing[0], shard_standing::moving);
}

CAF_TEST(a lease counts from when it was asked for) {
  start("a");
  run();
  const auto joined = now_ns();
  nodes["a"]->road->holding = true;
  pass(900ms);
  CAF_REQUIRE_EQUAL(nodes["a"]->road->held, 1u);
  pass(1s);
  nodes["a"]->road->let_go();
  run();
  CAF_CHECK_EQUAL(nodes["a"]->clock->until_ns(), held_until(joined + 900'000'000, 3000));
}

CAF_TEST(leaving hands over at once) {
  start("a");
  start("b");
  pass(5s);
  auto left = leave("a");
  run(); // no time passes
  CAF_CHECK(*left);
  CAF_CHECK_EQUAL(served("a"), 0);
  CAF_CHECK_EQUAL(served("b"), 256);
  CAF_CHECK_EQUAL(standing("a", shard_standing::moving), 256);
  const auto table = book->table(now_ns());
  CAF_CHECK(!table.nodes[0].alive);
  CAF_CHECK(table.nodes[0].leaving);
}

CAF_TEST(the last to leave leaves nothing behind) {
  start("a");
  run();
  auto left = leave("a");
  run();
  CAF_CHECK(*left);
  for (const auto& shard : book->table(now_ns()).shards) CAF_CHECK(shard.owner.empty());
  auto again = leave("a");
  run();
  CAF_CHECK(*again);
}

CAF_TEST(leaving ends though the database is away) {
  start("a");
  run();
  weather->away = true;
  auto left = leave("a");
  pass(2s);
  CAF_CHECK_EQUAL(served("a"), 0);
  pass(4s);
  CAF_CHECK(*left);
}

CAF_TEST(a database that is away longer than the lease costs the service and no shard) {
  start("a");
  start("b");
  pass(5s);
  const auto before = book->table(now_ns()).shards;
  weather->away = true;
  pass(2900ms);
  CAF_CHECK_EQUAL(served("a"), 0);
  CAF_CHECK_EQUAL(served("b"), 0);
  CAF_CHECK_EQUAL(standing("a", shard_standing::moving), 256);
  pass(60s, 100ms);
  CAF_CHECK(nodes["a"]->log.size() < 20);
  weather->away = false;
  pass(600ms);
  CAF_CHECK_EQUAL(served("a"), 128);
  CAF_CHECK_EQUAL(served("b"), 128);
  const auto after = book->table(now_ns()).shards;
  for (std::uint32_t s = 0; s < shard_count; ++s) CAF_CHECK_EQUAL(before[s].epoch, after[s].epoch);
}

CAF_TEST(a name borne twice is served by the newer and the older waits ever longer) {
  start("first", "a");
  run();
  CAF_REQUIRE_EQUAL(served("first"), 256);
  meshed = false;
  start("second", "a");
  // Until its next beat the older one knows nothing: nobody may rely on what it reads.
  nodes["first"]->clock->set_until(0);
  pass(1200ms);
  CAF_CHECK_EQUAL(served("first"), 0);
  CAF_CHECK_EQUAL(served("second"), 256);
  CAF_CHECK(said("first", "another process bears the name"));
  std::size_t changes = 0;
  for (int i = 0; i < 100; ++i) {
    const auto first = served("first");
    for (auto& [key, n] : nodes)
      if (served(key) == 0) n->clock->set_until(0);
    sched.clock().advance_time(1s);
    sched.run();
    changes += served("first") != first;
  }
  CAF_CHECK(changes < 12);
}

CAF_TEST(shards of a former process wait for its lease where it may still run) {
  former_is_gone = false;
  start("first", "a");
  run();
  CAF_REQUIRE_EQUAL(served("first"), 256);
  kill("first");
  start("second", "a");
  pass(2900ms);
  CAF_CHECK_EQUAL(served("second"), 0);
  pass(1500ms);
  CAF_CHECK_EQUAL(served("second"), 256);
}

CAF_TEST(what is being given up is not served though its release is not known) {
  meshed = false;
  start("a");
  pass(500ms);
  start("b");
  const auto some_are_free = [&] {
    for (const auto& shard : book->table(now_ns()).shards)
      if (shard.owner.empty()) return true;
    return false;
  };
  while (!some_are_free())
    if (!sched.try_run_once()) sched.clock().advance_time(10ms);
  // The database has it; the answer comes when the other has taken them.
  nodes["a"]->road->holding = true;
  CAF_CHECK_EQUAL(served("a"), 192);
  pass(1400ms);
  CAF_CHECK_EQUAL(served("b"), 64);
  nodes["a"]->road->let_go();
  pass(20s, 50ms);
  CAF_CHECK_EQUAL(served("a"), 128);
  CAF_CHECK_EQUAL(served("b"), 128);
}

CAF_TEST(another protocol is refused and says so once) {
  start("a");
  run();
  protocol = cluster_protocol + 1;
  auto& b = start("b");
  pass(20s, 100ms);
  CAF_CHECK_EQUAL(served("a"), 256);
  CAF_CHECK(said("b", "cannot join"));
  CAF_CHECK_EQUAL(b.log.size(), 1u);
  auto left = leave("b");
  run();
  CAF_CHECK(*left);
}

CAF_TEST_FIXTURE_SCOPE_END()
