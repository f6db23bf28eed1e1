// One account on the deterministic scheduler: nothing is answered before it is kept, nothing that
// was not kept is ever seen.
#define CAF_SUITE account

#include "tests/actors/money_fixture.hpp"

using namespace troupe;

namespace {

struct fixture : money_fixture {
  account_actor alice;

  void open(int capital = 100) {
    alice = load("alice");
    CAF_REQUIRE(ask(alice, opening("alice", capital, account_kind::investment))->answer);
  }

  static settle_trade losing(const account_id& id, const trade_id& trade, int loss) {
    settle_trade c;
    c.account = id;
    c.reference = "trade:" + trade + ":closed";
    c.trade.id = trade;
    c.trade.symbol = "BTCUSDT";
    c.trade.quantity = c.trade.entry_price = money::whole(1);
    c.trade.profit_loss = *negate(money::whole(loss));
    c.trade.executed_at = c.at = t0;
    return c;
  }

  std::vector<heard_ptr<receipt>> deposits(int count) {
    std::vector<heard_ptr<receipt>> out;
    for (int i = 0; i < count; ++i) out.push_back(say(alice, depositing("alice", fresh(), 1)));
    sched.run();
    return out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(account_tests, fixture)

CAF_TEST(a deposit is answered only when the journal has it) {
  open();
  gate->holding = true;
  auto answer = ask(alice, depositing("alice", "key:a", 50));
  CAF_CHECK(answer->nothing());
  CAF_CHECK_EQUAL(gate->held.size(), 1u);
  CAF_CHECK_EQUAL(balance(alice, "alice"), money::whole(100)); // what is committed
  release();
  CAF_REQUIRE(answer->answer);
  CAF_CHECK_EQUAL(answer->answer->balance_after, money::whole(150));
  CAF_CHECK_EQUAL(balance(alice, "alice"), money::whole(150));
  restart(alice, "alice");
}

CAF_TEST(an account that ends with its journal does not fill the log) {
  std::vector<log_level> said;
  options.log = [&said](log_level level, const std::string&) { said.push_back(level); };
  open();
  faults->before = 1;
  CAF_CHECK(ask(alice, depositing("alice", "key:a", 50))->code() == errc::store_unavailable);
  faults->loads = 1;
  CAF_CHECK(ask(load("alice"), depositing("alice", "key:a", 50))->error);
  CAF_REQUIRE_EQUAL(said.size(), 2u); // for who looks for it; the journal tells the others once
  CAF_CHECK(said == std::vector<log_level>(2, log_level::debug));
}

CAF_TEST(the same command has one effect and equal receipts) {
  open();
  gate->holding = true;
  auto first = say(alice, depositing("alice", "key:a", 50));
  auto later = say(alice, depositing("alice", "key:b", 7));
  std::vector<heard_ptr<receipt>> meanwhile;
  for (int i = 0; i < 99; ++i) meanwhile.push_back(ask(alice, depositing("alice", "key:a", 50)));
  for (auto& a : meanwhile) CAF_CHECK(a->nothing()); // no answer before the commit
  release();
  CAF_REQUIRE(first->answer);
  CAF_REQUIRE(later->answer);
  CAF_CHECK_EQUAL(later->answer->balance_after, money::whole(157));
  for (auto& a : meanwhile) CAF_CHECK(a->answer && *a->answer == *first->answer);
  for (int i = 0; i < 100; ++i) {
    auto again = ask(alice, depositing("alice", "key:a", 50, t0 + i));
    CAF_REQUIRE(again->answer);
    CAF_CHECK(*again->answer == *first->answer);
  }
  CAF_CHECK(ask(alice, depositing("alice", "key:a", 51))->code() == errc::idempotency_conflict);
  CAF_CHECK_EQUAL(balance(alice, "alice"), money::whole(157));
  restart(alice, "alice");
  CAF_CHECK(*ask(alice, depositing("alice", "key:a", 50))->answer == *first->answer);
}

CAF_TEST(a repeat of a trade that trips the breaker waits for the whole append) {
  open();
  gate->holding = true;
  auto first = ask(alice, losing("alice", "t1", 90)); // the trade, and the breaker's opening
  auto repeat = ask(alice, losing("alice", "t1", 90));
  auto later = ask(alice, depositing("alice", "key:b", 7));
  auto again = ask(alice, losing("alice", "t1", 90));
  CAF_REQUIRE_EQUAL(gate->held.size(), 2u);
  CAF_CHECK_EQUAL(gate->held.front().second.rows.size(), 2u);
  for (auto& a : {first, repeat, again}) CAF_CHECK(a->nothing());
  release();
  CAF_REQUIRE(first->answer);
  CAF_CHECK(repeat->answer && *repeat->answer == *first->answer);
  CAF_CHECK(again->answer && *again->answer == *first->answer);
  CAF_CHECK(later->answer && later->answer->balance_after == money::whole(17));
  restart(alice, "alice");
}

CAF_TEST(of 200 withdrawals of the full balance exactly one succeeds) {
  open();
  std::vector<heard_ptr<receipt>> all;
  for (int i = 0; i < 200; ++i) all.push_back(say(alice, withdrawing("alice", fresh(), 100)));
  sched.run();
  int done = 0, refused = 0;
  for (auto& a : all) {
    done += a->answer.has_value();
    refused += a->code() == errc::insufficient_funds;
  }
  CAF_CHECK_EQUAL(done, 1);
  CAF_CHECK_EQUAL(refused, 199);
  CAF_CHECK_EQUAL(balance(alice, "alice"), money{});
  restart(alice, "alice");
}

CAF_TEST(a hot account has many appends in flight) {
  open(0);
  gate->holding = true;
  auto all = deposits(200);
  CAF_CHECK_EQUAL(gate->held.size(), 200u);
  release();
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAF_REQUIRE(all[i]->answer);
    CAF_CHECK_EQUAL(all[i]->answer->balance_after, money::whole(static_cast<int>(i) + 1));
  }
  CAF_CHECK(gate->snapshots >= 3); // every 64 rows
  restart(alice, "alice");
  CAF_CHECK(gate->loaded_rows < 64);
}

CAF_TEST(when an append fails nothing after it is seen and the account is rebuilt) {
  open();
  gate->holding = true;
  auto all = deposits(10);
  faults->before = 1;
  release();
  for (auto& a : all) CAF_CHECK(a->code() == errc::store_unavailable);
  CAF_CHECK(gone(alice));
  alice = load("alice");
  CAF_CHECK_EQUAL(balance(alice, "alice"), money::whole(100));
  check_served_is_kept(alice, "alice");
  CAF_CHECK(ask(alice, depositing("alice", "key:1", 1))->answer);
  restart(alice, "alice");
}

CAF_TEST(what was kept but never confirmed is answered when it is asked again) {
  open();
  faults->after = 1;
  CAF_CHECK(ask(alice, depositing("alice", "key:a", 50))->code() == errc::store_unavailable);
  CAF_CHECK(gone(alice));
  alice = load("alice");
  CAF_CHECK_EQUAL(balance(alice, "alice"), money::whole(150));
  auto again = ask(alice, depositing("alice", "key:a", 50));
  CAF_REQUIRE(again->answer);
  CAF_CHECK_EQUAL(again->answer->balance_after, money::whole(150));
  restart(alice, "alice");
}

CAF_TEST(a refusal that rests on something in flight waits for it) {
  open();
  gate->holding = true;
  auto first = ask(alice, withdrawing("alice", "key:a", 100));
  auto second = ask(alice, withdrawing("alice", "key:b", 100));
  auto senseless = ask(alice, withdrawing("alice", "key:c", 0));
  CAF_CHECK(first->nothing());
  CAF_CHECK(second->nothing());
  CAF_CHECK(senseless->code() == errc::amount_invalid); // whatever the state
  faults->before = 1;
  release();
  CAF_CHECK(first->code() == errc::store_unavailable);
  CAF_CHECK(second->code() == errc::store_unavailable); // not insufficient funds: they are there
  alice = load("alice");
  CAF_CHECK(ask(alice, withdrawing("alice", "key:b", 100))->answer);
  restart(alice, "alice");
}

CAF_TEST(a reference older than those remembered still has its first receipt) {
  open(1000);
  auto first = ask(alice, withdrawing("alice", "key:old", 600));
  CAF_REQUIRE(first->answer);
  for (int i = 0; i < 70; ++i)
    CAF_REQUIRE(ask(alice, depositing("alice", fresh(), 1, t0 + 2 * hour_ms))->answer);
  // It would be refused now: the balance is 470.
  auto again = ask(alice, withdrawing("alice", "key:old", 600));
  CAF_REQUIRE(again->answer);
  CAF_CHECK(*again->answer == *first->answer);
  CAF_CHECK(!gone(alice));
  CAF_CHECK(ask(alice, withdrawing("alice", "key:old", 601))->code() == errc::idempotency_conflict);
  // It would be accepted now: the journal's unique index is the last guard.
  auto opened = ask(alice, opening("alice", 1000, account_kind::investment));
  CAF_REQUIRE(opened->answer);
  CAF_CHECK_EQUAL(opened->answer->version, 1u);
  restart(alice, "alice");
}

CAF_TEST(a forgotten reference that would be accepted again is caught by the journal) {
  open(1000);
  auto first = ask(alice, depositing("alice", "key:old", 600));
  for (int i = 0; i < 70; ++i)
    CAF_REQUIRE(ask(alice, depositing("alice", fresh(), 1, t0 + 2 * hour_ms))->answer);
  auto again = say(alice, depositing("alice", "key:old", 600));
  auto behind = say(alice, depositing("alice", "key:behind", 1));
  sched.run();
  CAF_REQUIRE(again->answer);
  CAF_CHECK(*again->answer == *first->answer);
  CAF_CHECK(behind->code() == errc::store_unavailable);
  CAF_CHECK(gone(alice));
  alice = load("alice");
  CAF_CHECK_EQUAL(balance(alice, "alice"), money::whole(1670));
  CAF_CHECK(ask(alice, depositing("alice", "key:old", 601))->code() == errc::idempotency_conflict);
  alice = load("alice");
  restart(alice, "alice");
}

CAF_TEST(past its bounds an account is busy) {
  options.max_in_flight = 3;
  alice = spawn_account(sys, "alice", std::make_shared<const account_options>(options));
  std::vector<heard_ptr<account_view>> early; // while it is loading
  for (int i = 0; i < 5; ++i) early.push_back(say<account_view>(alice, get_account{"alice", {}}));
  sched.run();
  int waited = 0;
  for (auto& e : early) {
    CAF_CHECK(!e->nothing());
    waited += e->code() == errc::not_found;
  }
  CAF_CHECK(waited >= 3);
  CAF_REQUIRE(ask(alice, opening("alice", 100, account_kind::investment))->answer);
  gate->holding = true;
  auto all = deposits(5);
  CAF_CHECK_EQUAL(gate->held.size(), 3u);
  CAF_CHECK(all[3]->code() == errc::busy);
  CAF_CHECK(all[4]->code() == errc::busy);
  release();
  CAF_CHECK(all[2]->answer);
  CAF_CHECK(ask(alice, depositing("alice", "key:5", 1))->answer); // refused ones may come again
  restart(alice, "alice");
}

CAF_TEST(an account that cannot be loaded says so and ends) {
  open();
  faults->loads = 1;
  auto other = spawn_account(sys, "alice", std::make_shared<const account_options>(options));
  auto answer = ask<account_view>(other, get_account{"alice", {}});
  CAF_CHECK(!answer->answer);
  CAF_CHECK(gone(other));
  restart(alice, "alice");
}

CAF_TEST(two actors of one account cannot both write) {
  open();
  auto other = load("alice");
  CAF_CHECK(ask(alice, withdrawing("alice", "key:a", 100))->answer);
  CAF_CHECK(ask(other, withdrawing("alice", "key:b", 100))->code() == errc::store_unavailable);
  CAF_CHECK(gone(other));
  other = load("alice");
  CAF_CHECK(ask(other, withdrawing("alice", "key:b", 100))->code() == errc::insufficient_funds);
  restart(other, "alice");
}

CAF_TEST(an account tells what it was at any time) {
  options.replay_page_rows = 7;
  open();
  for (int i = 1; i <= 40; ++i)
    CAF_REQUIRE(ask(alice, depositing("alice", fresh(), 1, t0 + i * minute_ms))->answer);
  auto at = [&](utc_ms when) { return ask<account_view>(alice, get_account{"alice", when}); };
  CAF_CHECK(at(t0 - 1)->code() == errc::not_found);
  CAF_CHECK_EQUAL(at(t0)->answer->balance, money::whole(100));
  CAF_CHECK_EQUAL(at(t0 + 13 * minute_ms + 1)->answer->balance, money::whole(113));
  CAF_CHECK_EQUAL(at(t0 + day_ms)->answer->balance, money::whole(140));
  restart(alice, "alice");
}

CAF_TEST(a tick that comes too early is answered and leaves no row) {
  open();
  auto answer = ask(alice, tick_account{"alice", t0 + hour_ms});
  CAF_REQUIRE(answer->answer);
  CAF_CHECK_EQUAL(answer->answer->version, rows_of_account("alice").size());
  CAF_CHECK(ask(alice, tick_account{"bob", t0})->code() == errc::validation_error);
  restart(alice, "alice");
}

CAF_TEST_FIXTURE_SCOPE_END()
