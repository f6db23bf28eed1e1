// The registries: accounts come when they are spoken to, go when nobody does, and come back equal.
#define CAF_SUITE accounts

#include "models/placement.hpp"
#include "tests/actors/money_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct fixture : money_fixture {
  accounts all;
  accounts_options wanted;

  void start() {
    wanted.account = options;
    wanted.transfer.now = [] { return t0; };
    all = spawn_accounts(sys, wanted);
    for (auto& r : all.registries) doomed.push_back(caf::actor_cast<caf::actor>(r));
    sched.run();
  }
  void open(const account_id& id, int capital = 100) {
    CAF_REQUIRE(ask(all.of(id), opening(id, capital, account_kind::investment))->answer);
  }
  accounts_status status(std::size_t i = 0) {
    return *ask<accounts_status>(all.registries[i], get_accounts_status{})->answer;
  }
  void pass(caf::timespan time) {
    advance_time(time);
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(accounts_tests, fixture)

CAF_TEST(idle accounts go and come back equal) {
  wanted.idle_after = 4min;
  start();
  open("alice");
  open("bob", 7);
  auto before = ask<account_view>(all.of("alice"), get_account{"alice", {}});
  for (int i = 0; i < 6; ++i) {
    pass(1min);
    balance(all.of("bob"), "bob"); // somebody speaks to bob
  }
  CAF_CHECK_EQUAL(status().loaded, 1u);
  CAF_CHECK_EQUAL(status().passivated, 1u);
  auto after = ask<account_view>(all.of("alice"), get_account{"alice", {}});
  CAF_CHECK(same(*before->answer, *after->answer));
  CAF_CHECK_EQUAL(status().loads, 3u);
  check_served_is_kept(all.of("alice"), "alice");
}

CAF_TEST(an account let go still answers what it was told) {
  wanted.idle_after = 4min;
  start();
  open("alice");
  gate->holding = true;
  auto answer = ask(all.of("alice"), depositing("alice", "key:a", 5));
  for (int i = 0; i < 6; ++i) pass(1min);
  CAF_CHECK_EQUAL(status().loaded, 0u);
  CAF_CHECK(answer->nothing());
  release();
  CAF_REQUIRE(answer->answer);
  CAF_CHECK_EQUAL(balance(all.of("alice"), "alice"), money::whole(105));
  check_served_is_kept(all.of("alice"), "alice");
}

CAF_TEST(an account let go with something in flight is called back and not loaded beside itself) {
  wanted.idle_after = 4min;
  start();
  open("alice");
  gate->holding = true;
  auto first = ask(all.of("alice"), depositing("alice", "key:a", 5));
  for (int i = 0; i < 6; ++i) pass(1min);
  CAF_REQUIRE_EQUAL(status().loaded, 0u);
  const auto loads = gate->loads;
  auto second = ask(all.of("alice"), depositing("alice", "key:b", 7));
  CAF_CHECK_EQUAL(gate->loads, loads);
  CAF_CHECK_EQUAL(status().loaded, 1u);
  release();
  CAF_CHECK(first->answer);
  CAF_CHECK(second->answer);
  CAF_CHECK_EQUAL(balance(all.of("alice"), "alice"), money::whole(112));
  check_served_is_kept(all.of("alice"), "alice");
}

CAF_TEST(an account to be forgotten ends before another is loaded) {
  start();
  open("alice");
  gate->holding = true;
  auto first = ask(all.of("alice"), depositing("alice", "key:a", 5));
  caf::anon_send(all.registries[0],
                 forget_accounts{{static_cast<std::uint16_t>(shard_of("alice"))}});
  auto early = say(all.of("alice"), depositing("alice", "key:b", 7));
  sched.run();
  CAF_CHECK(first->code() == errc::store_unavailable);
  CAF_CHECK(early->code() == errc::journal_fenced);
  gate->held.clear(); // it never reached the store
  release();
  CAF_CHECK(ask(all.of("alice"), depositing("alice", "key:a", 5))->answer);
  CAF_CHECK_EQUAL(balance(all.of("alice"), "alice"), money::whole(105));
  check_served_is_kept(all.of("alice"), "alice");
}

CAF_TEST(what is forgotten and was let go before ends too) {
  wanted.idle_after = 4min;
  start();
  open("alice");
  gate->holding = true;
  auto first = ask(all.of("alice"), depositing("alice", "key:a", 5));
  for (int i = 0; i < 6; ++i) pass(1min);
  caf::anon_send(all.registries[0], forget_accounts{});
  sched.run();
  CAF_CHECK(first->code() == errc::store_unavailable);
}

CAF_TEST(no more accounts are loaded than may be) {
  wanted.max_loaded = 3;
  start();
  for (auto id : {"a", "b", "c"}) open(id);
  CAF_CHECK(ask<account_view>(all.of("d"), get_account{"d", {}})->code() == errc::busy);
  CAF_CHECK_EQUAL(status().refused, 1u);
  advance_time(2s);
  balance(all.of("a"), "a"); // a is used again: b is the oldest
  CAF_CHECK(ask<account_view>(all.of("d"), get_account{"d", {}})->code() == errc::not_found);
  CAF_CHECK_EQUAL(status().loaded, 3u);
  CAF_CHECK_EQUAL(balance(all.of("b"), "b"), money::whole(100));
  CAF_CHECK_EQUAL(status().loaded, 3u);
  check_served_is_kept(all.of("b"), "b");
}

CAF_TEST(an account that failed is forgotten and the next message rebuilds it) {
  start();
  open("alice");
  faults->before = 1;
  CAF_CHECK(ask(all.of("alice"), depositing("alice", "key:a", 5))->code()
            == errc::store_unavailable);
  CAF_CHECK_EQUAL(status().loaded, 0u);
  CAF_CHECK_EQUAL(status().failed, 1u);
  CAF_CHECK(ask(all.of("alice"), depositing("alice", "key:a", 5))->answer);
  CAF_CHECK_EQUAL(balance(all.of("alice"), "alice"), money::whole(105));
  check_served_is_kept(all.of("alice"), "alice");
}

CAF_TEST(any registry takes a command for any account) {
  wanted.registries = 2;
  start();
  int there = 0;
  for (int i = 0; i < 20; ++i) {
    const auto id = "account-" + std::to_string(i);
    open(id);
    for (auto& r : all.registries) {
      CAF_CHECK(ask(r, depositing(id, "key:a", 5))->answer);
      CAF_CHECK_EQUAL(balance(r, id), money::whole(105));
    }
    there += &all.of(id) == &all.registries[0];
    check_served_is_kept(all.of(id), id);
  }
  CAF_CHECK(there > 0);
  CAF_CHECK(there < 20);
  CAF_CHECK_EQUAL(status(0).loaded, static_cast<std::uint64_t>(there));
  CAF_CHECK_EQUAL(status(1).loaded, static_cast<std::uint64_t>(20 - there));
}

CAF_TEST(an impossible id loads nothing) {
  start();
  CAF_CHECK(ask(all.registries[0], depositing("", "key:a", 5))->code() == errc::validation_error);
  CAF_CHECK(ask(all.registries[0], depositing(std::string(129, 'x'), "key:a", 5))->code()
            == errc::validation_error);
  CAF_CHECK_EQUAL(status().loads, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
