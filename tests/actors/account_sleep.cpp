// Accounts that nobody speaks to sleep: they are no actors until the next word, which finds them as
// they were, without the journal.
#define CAF_SUITE account_sleep

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
    doomed.push_back(caf::actor_cast<caf::actor>(registry()));
    sched.run();
  }
  const accounts_actor& registry() { return all.registries[0]; }
  void open(const account_id& id, int capital = 100) {
    CAF_REQUIRE(ask(registry(), opening(id, capital, account_kind::investment))->answer);
  }
  accounts_status status() {
    return *ask<accounts_status>(registry(), get_accounts_status{})->answer;
  }
  void pass(caf::timespan time, int times = 1) {
    for (int i = 0; i < times; ++i) {
      advance_time(time);
      sched.run();
    }
  }
  void fall_asleep() {
    pass(1s, 40);
    CAF_REQUIRE_EQUAL(status().asleep, status().loaded);
  }
  transfer_out sending(const account_id& from, const account_id& to) {
    transfer_out c;
    c.account = from;
    c.reference = fresh();
    c.transfer = "t-1";
    c.to = to;
    c.amount = money::whole(10);
    c.at = t0;
    return c;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(account_sleep_tests, fixture)

CAF_TEST(an account that sleeps wakes as it was without its journal) {
  start();
  open("alice");
  const auto first = ask(registry(), depositing("alice", "key:a", 50));
  CAF_REQUIRE(ask(registry(), withdrawing("alice", "key:b", 20))->answer);
  const auto before = ask<account_view>(registry(), get_account{"alice", {}});
  fall_asleep();
  const auto loads = gate->loads;
  const auto again = ask(registry(), depositing("alice", "key:a", 50));
  CAF_REQUIRE(again->answer);
  CAF_CHECK(*again->answer == *first->answer); // and no second time
  const auto after = ask<account_view>(registry(), get_account{"alice", {}});
  CAF_CHECK(same(*before->answer, *after->answer));
  CAF_CHECK_EQUAL(gate->loads, loads);
  CAF_CHECK_EQUAL(status().asleep, 0u);
  CAF_CHECK_EQUAL(status().woken, 1u);
  CAF_CHECK_EQUAL(status().loaded, 1u);
  CAF_CHECK(ask(registry(), depositing("alice", "key:a", 51))->code()
            == errc::idempotency_conflict);
  check_served_is_kept(registry(), "alice");
}

CAF_TEST(rows and snapshots go on across sleep as if there were none) {
  options.snapshot_rows = 10;
  start();
  open("alice");
  for (int i = 1; i < 35; ++i) {
    CAF_REQUIRE(ask(registry(), depositing("alice", fresh(), 1))->answer);
    if (i % 4 == 0) fall_asleep();
  }
  CAF_CHECK_EQUAL(status().loads, 1u);
  CAF_CHECK_EQUAL(status().woken, 8u);
  CAF_CHECK_EQUAL(gate->snapshots, 3u);
  CAF_CHECK_EQUAL(balance(registry(), "alice"), money::whole(134));
  check_served_is_kept(registry(), "alice"); // hashes too
}

CAF_TEST(spoken to once it sleeps soon and spoken to twice it stays awake) {
  start();
  open("alice");
  balance(registry(), "alice");
  open("bob");
  pass(1s, 2);
  CAF_CHECK_EQUAL(status().asleep, 1u);
  balance(registry(), "bob"); // twice in short
  pass(1s, 20);
  balance(registry(), "alice");
  pass(1s, 20);
  CAF_CHECK_EQUAL(status().asleep, 1u);
  fall_asleep();
  balance(registry(), "alice");
  pass(1s, 2); // once in a long time
  CAF_CHECK_EQUAL(status().asleep, 2u);
}

CAF_TEST(nobody sleeps while something is under way) {
  start();
  open("alice");
  gate->holding = true;
  const auto deposited = ask(registry(), depositing("alice", "key:a", 50));
  pass(1s, 40);
  CAF_CHECK_EQUAL(status().asleep, 0u);
  release();
  CAF_REQUIRE(deposited->answer);
  CAF_CHECK_EQUAL(status().asleep, 1u); // as soon as it is committed
  CAF_CHECK_EQUAL(balance(registry(), "alice"), money::whole(150));
  check_served_is_kept(registry(), "alice");
}

CAF_TEST(who is spoken to while it should fall asleep stays awake) {
  start();
  open("alice");
  gate->holding = true;
  const auto first = ask(registry(), depositing("alice", "key:a", 50));
  pass(1s, 40); // asked, but one is under way
  const auto second = ask(registry(), depositing("alice", "key:b", 7));
  release();
  CAF_REQUIRE(first->answer && second->answer);
  CAF_CHECK_EQUAL(status().asleep, 0u);
  CAF_CHECK_EQUAL(balance(registry(), "alice"), money::whole(157));
  fall_asleep();
  CAF_CHECK_EQUAL(balance(registry(), "alice"), money::whole(157));
  check_served_is_kept(registry(), "alice");
}

CAF_TEST(an answer nobody waits for changes nothing) {
  start();
  open("alice");
  fell_asleep told{"alice", 1, {"anything", {}, 0}};
  for (std::uint64_t number = 0; number < 3; ++number) {
    told.number = number;
    caf::anon_send(registry(), told);
  }
  told.account = "bob";
  caf::anon_send(registry(), told);
  sched.run();
  CAF_CHECK_EQUAL(status().loaded, 1u);
  CAF_CHECK_EQUAL(balance(registry(), "alice"), money::whole(100));
}

CAF_TEST(whose money is in transit stays awake) {
  start();
  open("alice");
  open("bob");
  int appends = 0;
  gate->on_append = [&] { gate->holding = ++appends > 1; }; // all but the first step
  CAF_REQUIRE(ask(registry(), sending("alice", "bob"))->answer);
  pass(1s, 40);
  CAF_CHECK_EQUAL(status().loaded, 2u);
  CAF_CHECK_EQUAL(status().asleep, 0u);
  gate->on_append = nullptr;
  release();
  pass(1s, 60);
  CAF_CHECK_EQUAL(status().asleep, 2u);
  CAF_CHECK_EQUAL(balance(registry(), "alice"), money::whole(90));
  CAF_CHECK_EQUAL(balance(registry(), "bob"), money::whole(110));
}

CAF_TEST(an account that does not exist is not kept) {
  start();
  CAF_CHECK(ask<account_view>(registry(), get_account{"nobody", {}})->code() == errc::not_found);
  CAF_CHECK_EQUAL(status().loaded, 1u);
  pass(1s, 2);
  CAF_CHECK_EQUAL(status().loaded, 0u);
  CAF_CHECK_EQUAL(status().asleep, 0u);
  open("nobody");
  CAF_CHECK_EQUAL(balance(registry(), "nobody"), money::whole(100));
}

CAF_TEST(who sleeps goes in the end and gives its place before) {
  wanted.idle_after = 4min;
  wanted.max_loaded = 2;
  start();
  open("alice");
  open("bob");
  fall_asleep();
  open("carol"); // in alice's place
  CAF_CHECK_EQUAL(status().loaded, 2u);
  CAF_CHECK_EQUAL(status().asleep, 1u);
  CAF_CHECK_EQUAL(status().passivated, 1u);
  pass(1min, 6);
  CAF_CHECK_EQUAL(status().loaded, 0u);
  CAF_CHECK_EQUAL(status().asleep, 0u);
  CAF_CHECK_EQUAL(balance(registry(), "alice"), money::whole(100));
  CAF_CHECK_EQUAL(status().loads, 4u);
}

CAF_TEST(told to forget the registry forgets who sleeps) {
  start();
  open("alice");
  fall_asleep();
  // Another node took the shard over meanwhile.
  auto other = load("alice");
  CAF_REQUIRE(ask(other, depositing("alice", "key:other", 5))->answer);
  caf::anon_send(registry(), forget_accounts{});
  sched.run();
  CAF_CHECK_EQUAL(status().loaded, 0u);
  CAF_CHECK_EQUAL(status().asleep, 0u);
  CAF_CHECK_EQUAL(balance(registry(), "alice"), money::whole(105));
}

CAF_TEST(woken behind its journal it cannot write) {
  start();
  open("alice");
  fall_asleep();
  auto other = load("alice");
  CAF_REQUIRE(ask(other, withdrawing("alice", "key:other", 100))->answer);
  CAF_CHECK(ask(registry(), withdrawing("alice", "key:a", 100))->code() == errc::store_unavailable);
  CAF_CHECK(ask(registry(), withdrawing("alice", "key:a", 100))->code()
            == errc::insufficient_funds);
  check_served_is_kept(registry(), "alice");
}

CAF_TEST(woken from what is no account it is read from its journal) {
  start();
  open("alice");
  const auto loads = gate->loads;
  const auto shared = std::make_shared<const account_options>(options);
  for (const auto* bytes : {"", "anything"}) {
    auto alice = spawn_account(sys, "alice", shared, sleeping_account{bytes, {}, 0});
    sched.run();
    CAF_CHECK_EQUAL(balance(alice, "alice"), money::whole(100));
  }
  CAF_CHECK_EQUAL(gate->loads, loads + 2);
}

CAF_TEST_FIXTURE_SCOPE_END()
