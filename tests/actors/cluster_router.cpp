// The router: what is said to an account reaches whoever owns it, waits while it moves, and is said
// again when nobody knows what became of it.
#define CAF_SUITE cluster_router

#include "actors/cluster/accounts_router.hpp"

#include "tests/actors/money_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

/// The way to another node: straight through its door, unless it is cut.
struct wire {
  accounts_actor door;
  bool loses_calls = false, loses_answers = false;
  std::size_t calls = 0;
};
using wire_ptr = std::shared_ptr<wire>;

peer_actor::behavior_type peer_behavior(peer_actor::pointer self, wire_ptr way) {
  return {
      [=](remote_call& call) -> caf::result<remote_answer> {
        ++way->calls;
        auto promise = self->make_response_promise<remote_answer>();
        if (way->loses_calls) {
          promise.deliver(caf::make_error(errc::busy, "the way is lost"));
          return promise;
        }
        CAF_REQUIRE(call.what.match_elements<deposit>() || call.what.match_elements<get_account>());
        const auto failed = [=](caf::error& e) mutable {
          promise.deliver(remote_answer{std::move(e), {}});
        };
        if (call.what.match_elements<deposit>())
          self->request(way->door, caf::infinite, call.what.get_as<deposit>(0))
              .then(
                  [=](receipt& r) mutable {
                    if (way->loses_answers)
                      promise.deliver(caf::make_error(errc::busy, "the way is lost"));
                    else
                      promise.deliver(remote_answer{{}, caf::make_message(std::move(r))});
                  },
                  failed);
        else
          self->request(way->door, caf::infinite, call.what.get_as<get_account>(0))
              .then(
                  [=](account_view& v) mutable {
                    promise.deliver(remote_answer{{}, caf::make_message(std::move(v))});
                  },
                  failed);
        return promise;
      },
      [](const relayed_news&) {},
      [](look_again) {},
      [](const parcel& p) { return parcel_taken{p.number}; },
      [](caf::flush_atom) {},
      [](caf::tick_atom) {},
  };
}

membership_actor::behavior_type membership_behavior(membership_actor::pointer,
                                                    std::shared_ptr<int> looks) {
  return {
      [](const watch_cluster&) {},
      [=](look_again) { ++*looks; },
      [](leave_cluster) { return true; },
      [](caf::tick_atom) {},
  };
}

struct node {
  node_name name;
  accounts local;
  accounts_router router;
  lease_clock_ptr until = std::make_shared<lease_clock>();
  standing_board_ptr board = std::make_shared<standing_board>();
  std::shared_ptr<router_figures> figures = std::make_shared<router_figures>();
  std::shared_ptr<int> looks = std::make_shared<int>(0);
  wire_ptr way = std::make_shared<wire>(); // to it
  std::uint64_t views = 0;
};

// Two nodes beside each other on one journal: which of them may append is not checked here.
struct fixture : money_fixture {
  node a, b;
  std::uint64_t epoch = 1;

  fixture() {
    for (auto* n : {&a, &b}) start(*n);
    meet(a, b);
    meet(b, a);
  }

  void start(node& n) {
    n.name = &n == &a ? "a" : "b";
    auto membership = sys.spawn(membership_behavior, n.looks);
    accounts_router_options router;
    router.until = n.until;
    router.board = n.board;
    router.membership = membership;
    router.figures = n.figures;
    router.max_waiting = 3;
    n.router = spawn_accounts_router(sys, router);
    accounts_options wanted;
    wanted.account = options;
    wanted.transfer.now = [] { return t0; };
    wanted.through = n.router.handle.address();
    n.local = spawn_accounts(sys, wanted);
    accounts_peers registries;
    for (auto& r : n.local.registries) {
      doomed.push_back(caf::actor_cast<caf::actor>(r));
      registries.registries.push_back(caf::actor_cast<caf::strong_actor_ptr>(r));
    }
    caf::anon_send(n.router.handle, registries);
    for (auto& one : {n.router.handle, n.router.door})
      doomed.push_back(caf::actor_cast<caf::actor>(one));
    doomed.push_back(caf::actor_cast<caf::actor>(membership));
    sched.run();
  }

  void meet(node& n, node& other) {
    other.way->door = other.router.door;
    auto peer = sys.spawn(peer_behavior, other.way);
    doomed.push_back(caf::actor_cast<caf::actor>(peer));
    tell(n, peer_changed{other.name, 1, caf::actor_cast<caf::strong_actor_ptr>(peer)});
  }

  template<class What>
  void tell(node& n, const What& what) {
    caf::anon_send(caf::actor_cast<caf::actor>(n.router.handle), what);
    sched.run();
  }

  std::int64_t now_ns() { return sched.clock().now().time_since_epoch().count(); }

  /// All shards stand so to this node, with the lease for an hour.
  void stand(node& n, shard_standing how, bool leased = true) {
    auto view = std::make_shared<cluster_view>();
    view->number = ++n.views;
    view->me = n.name;
    view->nodes = {{"a", 1, "a:1", 1, true, false}, {"b", 1, "b:1", 1, true, false}};
    view->standing.fill(how);
    view->owner.fill(&n == &a ? 1 : 0);
    view->epoch.fill(epoch);
    for (std::uint32_t shard = 0; shard < shard_count; ++shard)
      n.until->set_epoch(shard, how == shard_standing::ours ? epoch : 0);
    n.until->set_until(leased ? now_ns() + 3600'000'000'000 : 0);
    tell(n, cluster_view_ptr{view});
  }
  void give_all_to(node& owner) {
    node& other = &owner == &a ? b : a;
    stand(other, shard_standing::another);
    stand(owner, shard_standing::ours);
  }

  void open(const account_id& id) {
    CAF_REQUIRE(ask(router(a), opening(id, 100, account_kind::investment))->answer);
  }
  static const accounts_actor& router(const node& n) { return n.router.handle; }
  std::uint64_t loaded(node& n) {
    return ask<accounts_status>(n.local.registries[0], get_accounts_status{})->answer->loaded;
  }
  void pass(caf::timespan time) {
    advance_time(time);
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_router_tests, fixture)

CAF_TEST(what is ours is answered here and what is not there) {
  give_all_to(a);
  open("alice");
  const auto here = ask(router(a), depositing("alice", "key:1", 5));
  const auto there = ask(router(b), depositing("alice", "key:2", 7));
  CAF_REQUIRE(here->answer);
  CAF_REQUIRE(there->answer);
  CAF_CHECK_EQUAL(there->answer->balance_after, money::whole(112));
  CAF_CHECK_EQUAL(balance(router(b), "alice"), money::whole(112));
  CAF_CHECK_EQUAL(b.figures->there.load(), 2u);
  CAF_CHECK_EQUAL(loaded(b), 0u);
}

CAF_TEST(a refusal of the owner comes back as it was said) {
  give_all_to(a);
  CAF_CHECK(ask<account_view>(router(b), get_account{"nobody", {}})->code() == errc::not_found);
  CAF_CHECK(ask<account_view>(router(b), get_account{"", {}})->code() == errc::validation_error);
}

CAF_TEST(what moves waits and is answered when it has arrived) {
  give_all_to(a);
  open("alice");
  stand(b, shard_standing::moving);
  const auto waiting = ask(router(b), depositing("alice", "key:1", 5));
  pass(500ms);
  CAF_CHECK(waiting->nothing());
  stand(b, shard_standing::another);
  CAF_REQUIRE(waiting->answer);
  CAF_CHECK_EQUAL(waiting->answer->balance_after, money::whole(105));
}

CAF_TEST(what does not arrive in time is answered busy and what is too much at once) {
  stand(a, shard_standing::moving);
  std::vector<heard_ptr<account_view>> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(ask<account_view>(router(a), get_account{"x", {}}));
  CAF_CHECK(ask<account_view>(router(a), get_account{"x", {}})->code() == errc::busy);
  CAF_CHECK(waiting[0]->nothing());
  pass(1600ms);
  CAF_CHECK(waiting[0]->nothing());
  pass(200ms);
  for (auto& one : waiting) CAF_CHECK(one->code() == errc::busy);
  CAF_CHECK_EQUAL(a.figures->given_up.load(), 3u);
  CAF_CHECK(ask<account_view>(router(a), get_account{"x", {}})->nothing()); // there is room again
}

CAF_TEST(a command whose answer was lost is said again and has one effect) {
  give_all_to(a);
  open("alice");
  a.way->loses_answers = true;
  const auto asked = ask(router(b), depositing("alice", "key:1", 5));
  CAF_CHECK(asked->nothing());
  a.way->loses_answers = false;
  pass(50ms);
  CAF_REQUIRE(asked->answer);
  CAF_CHECK_EQUAL(a.way->calls, 2u);
  CAF_CHECK_EQUAL(balance(router(a), "alice"), money::whole(105));
}

CAF_TEST(who is no owner any more is asked only until somebody says who is) {
  give_all_to(a);
  open("alice");
  stand(a, shard_standing::another); // it knows already; b does not
  const auto asked = ask(router(b), depositing("alice", "key:1", 5));
  CAF_CHECK(asked->nothing());
  CAF_CHECK_EQUAL(*b.looks, 1);
  ++epoch;
  stand(b, shard_standing::ours);
  pass(50ms);
  CAF_REQUIRE(asked->answer);
  CAF_CHECK_EQUAL(balance(router(b), "alice"), money::whole(105));
}

CAF_TEST(two nodes at odds do not send a command to and fro) {
  give_all_to(a);
  open("alice");
  stand(a, shard_standing::another);
  stand(b, shard_standing::another);
  const auto asked = ask(router(a), depositing("alice", "key:1", 5));
  CAF_CHECK(asked->nothing());
  CAF_CHECK_EQUAL(a.way->calls, 0u); // b's router asks nobody on a's behalf
  CAF_CHECK_EQUAL(b.way->calls, 1u);
}

CAF_TEST(a command that lay in the mailbox of a frozen node is not passed on by it) {
  give_all_to(a);
  open("alice");
  // What b asked of a is processed by a after its lease, when b has everything.
  a.until->set_until(0);
  const auto asked = ask(a.router.door, depositing("alice", "key:1", 5));
  CAF_CHECK(asked->code() == errc::journal_fenced);
  CAF_CHECK_EQUAL(b.way->calls, 0u);
  // Also when it is past the door already.
  stand(a, shard_standing::ours);
  const auto late = say(a.router.door, depositing("alice", "key:2", 5));
  for (int i = 0; i < 2; ++i) sched.run_once(); // the asker, the door
  a.until->set_until(0);
  sched.run();
  CAF_CHECK(late->code() == errc::journal_fenced);
  CAF_CHECK_EQUAL(b.way->calls, 0u);
  pass(2s);
  stand(a, shard_standing::ours);
  CAF_CHECK_EQUAL(balance(router(a), "alice"), money::whole(100));
}

CAF_TEST(what is lost is forgotten here) {
  give_all_to(a);
  open("alice");
  CAF_CHECK_EQUAL(loaded(a), 1u);
  stand(a, shard_standing::moving);
  CAF_CHECK_EQUAL(loaded(a), 0u);
}

CAF_TEST(what was lost and came back between two views is forgotten too) {
  give_all_to(a);
  open("alice");
  ++epoch;
  stand(a, shard_standing::ours);
  CAF_CHECK_EQUAL(loaded(a), 0u);
}

CAF_TEST(an account is not shown when its lease is over whatever was under way) {
  give_all_to(a);
  open("alice");
  std::size_t cut_off = 0;
  for (int steps = 0;; ++steps) {
    CAF_REQUIRE(steps < 100);
    const auto answered = a.figures->here.load();
    auto asked = say<account_view>(router(a), get_account{"alice", {}});
    for (int i = 0; i < steps && sched.try_run_once(); ++i) {
    }
    const bool in_time = a.figures->here > answered; // it has left
    a.until->set_until(0); // the process was stopped here, and nobody has noticed yet
    sched.run();
    if (in_time) break;
    ++cut_off;
    CAF_CHECK(asked->nothing());
    pass(2s);
    CAF_CHECK(asked->code() == errc::busy);
    stand(a, shard_standing::ours);
  }
  CAF_CHECK_GREATER(cut_off, 3u);
}

CAF_TEST(a transfer finds its receiver on another node) {
  give_all_to(a);
  open("alice");
  open("bob");
  stand(b, shard_standing::another);
  move_money order;
  order.from = "alice";
  order.to = "bob";
  order.amount = money::whole(30);
  order.reference = "key:t";
  order.at = t0;
  const auto moved = ask<transfer_outcome>(router(a), order);
  CAF_REQUIRE(moved->answer);
  CAF_CHECK_EQUAL(balance(router(b), "bob"), money::whole(130));
}

CAF_TEST_FIXTURE_SCOPE_END()
