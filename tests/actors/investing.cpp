// Opening and closing investments on the deterministic scheduler: whoever dies at whatever message,
// and whatever append fails, the request said again makes it whole, once.
#define CAF_SUITE investing

#include "tests/actors/investing_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct fixture : investing_fixture {
  void check_balances(int in_wallet, int in_account) {
    CAF_CHECK_EQUAL(balance(node(), wallet), money::whole(in_wallet));
    CAF_CHECK_EQUAL(balance(node(), account()), money::whole(in_account));
    CAF_CHECK_EQUAL(totals().transit, money{});
    CAF_CHECK_EQUAL(totals().difference, money{});
    check_served_is_kept(node(), wallet);
    check_served_is_kept(node(), account());
    CAF_CHECK_EQUAL(accounts_of(alice), 1u);
  }

  // Kills one of them, or everybody, after so many messages. False: it was over before.
  bool cut(int who, int step) {
    for (int ran = 0; ran < step; ++ran)
      if (!sched.try_run_once()) return false;
    if (who == 0) kill(gate->accounts[wallet]);
    if (who == 1) kill(gate->accounts[account()]);
    if (who == 2) kill(gate->coordinator);
    if (who == 3) {
      kill(investing.address());
      start_investing();
    }
    if (who == 4) { // everybody at once
      stop();
      start();
    }
    sched.run();
    wait();
    return true;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(investing_tests, fixture)

CAF_TEST(money is invested once however often it is told to) {
  const auto first = put_in(order());
  CAF_REQUIRE(first->answer);
  CAF_CHECK_EQUAL(first->answer->id, account());
  CAF_CHECK_EQUAL(first->answer->owner, alice);
  CAF_CHECK(first->answer->what == product::orion);
  CAF_CHECK(first->answer->status == account_status::active);
  CAF_CHECK_EQUAL(first->answer->balance, money::whole(40));
  CAF_CHECK_EQUAL(first->answer->agent_type, "orion");
  const auto served = ask<account_view>(node(), get_account{account(), {}});
  CAF_CHECK(same(*served->answer, *first->answer));
  check_balances(60, 40);
  stop();
  start();
  trade(account(), "t1", 1);
  const auto again = put_in(order());
  CAF_REQUIRE(again->answer);
  CAF_CHECK(same(*again->answer, *first->answer)); // the first outcome, not today's
  check_balances(60, 41);
}

CAF_TEST(who is not verified or has too little invests nothing and leaves nothing behind) {
  auto of_bob = order();
  of_bob.user = bob;
  CAF_CHECK(refused(of_bob) == errc::kyc_required);
  auto of_nobody = order();
  of_nobody.user = "usr_nobody";
  CAF_CHECK(refused(of_nobody) == errc::kyc_required);
  CAF_CHECK(refused(order(101)) == errc::insufficient_funds);
  put(bob, kyc_state::approved, 1);
  CAF_CHECK(refused(of_bob) == errc::insufficient_funds); // he has no wallet
  CAF_CHECK(refused(order(0)) == errc::amount_invalid);
  CAF_CHECK(refused(order(1, "user:k", product::none)) == errc::validation_error);
  CAF_CHECK_EQUAL(totals().account_count, 1u);
  CAF_REQUIRE(put_in(order(100))->answer); // a refusal binds no key
  check_balances(0, 100);
}

CAF_TEST(a key stands for one content) {
  CAF_REQUIRE(put_in(order())->answer);
  CAF_CHECK(refused(order(41)) == errc::idempotency_conflict);
  CAF_CHECK(refused(order(40, "user:k", product::nova)) == errc::idempotency_conflict);
  check_balances(60, 40);
  // A deposit's key opens no account.
  CAF_REQUIRE(ask<transfer_outcome>(
                  node(), move_money{wallet, account(), "user:other", money::whole(1), t0})
                  ->answer);
  CAF_CHECK(refused(order(1, "user:other")) == errc::idempotency_conflict);
  CAF_CHECK_EQUAL(accounts_of(alice), 1u);
}

CAF_TEST(a repeat is answered though its user may not invest any more) {
  const auto first = put_in(order(100));
  CAF_REQUIRE(first->answer);
  CAF_CHECK(refused(order(1, "user:next")) == errc::insufficient_funds);
  const auto poor = put_in(order(100));
  CAF_REQUIRE(poor->answer);
  CAF_CHECK(same(*poor->answer, *first->answer));
  put(alice, kyc_state::rejected, 1);
  CAF_CHECK(refused(order(1, "user:next")) == errc::kyc_required);
  const auto stranger = put_in(order(100));
  CAF_REQUIRE(stranger->answer);
  CAF_CHECK(same(*stranger->answer, *first->answer));
  check_balances(0, 100);
}

CAF_TEST(of many that ask for the last of the money at once one gets it) {
  std::vector<heard_ptr<account_view>> all_heard;
  for (int i = 0; i < 10; ++i)
    all_heard.push_back(say<account_view>(investing, order(60, "user:" + std::to_string(i))));
  sched.run();
  wait();
  int won = 0;
  for (auto& heard : all_heard) {
    won += heard->answer ? 1 : 0;
    if (!heard->answer) CAF_CHECK(heard->code() == errc::insufficient_funds);
  }
  CAF_CHECK_EQUAL(won, 1);
  CAF_CHECK_EQUAL(balance(node(), wallet), money::whole(40));
}

CAF_TEST(a user has no more accounts than there may be and sees no other) {
  for (std::size_t i = 0; i + 1 < max_investments_per_user; ++i) {
    auto c = opening(investment_id_of(alice, std::to_string(i)), 0, account_kind::investment);
    c.owner = alice;
    CAF_REQUIRE(ask(node(), c)->answer);
  }
  // Its id begins as alice's do, and it is not hers.
  auto c = opening(investment_id_of(alice + "-2", "x"), 0, account_kind::investment);
  c.owner = alice + "-2";
  CAF_REQUIRE(ask(node(), c)->answer);
  CAF_CHECK_EQUAL(accounts_of(alice), max_investments_per_user - 1);
  auto last = say<account_view>(investing, order(1, "user:last"));
  auto too_late = say<account_view>(investing, order(1, "user:late"));
  sched.run();
  wait();
  CAF_CHECK_EQUAL((last->answer ? 1 : 0) + (too_late->answer ? 1 : 0), 1);
  CAF_CHECK(refused(order(1, "user:more")) == errc::validation_error);
  CAF_CHECK_EQUAL(accounts_of(alice), max_investments_per_user);
  CAF_CHECK_EQUAL(accounts_of(alice + "-2"), 1u);
  CAF_CHECK_EQUAL(accounts_of(bob), 0u);
}

CAF_TEST(what cannot reach the account is back in the wallet) {
  auto c = opening(account(), 0, account_kind::investment);
  c.what = product::orion;
  c.owner = alice;
  c.agent_type = "orion";
  CAF_REQUIRE(ask(node(), c)->answer); // as one who died after the first step left it
  CAF_REQUIRE(ask(node(), pause_account{account(), "key:p", "", t0})->answer);
  CAF_CHECK(refused(order()) == errc::account_paused);
  check_balances(100, 0);
}

CAF_TEST(whoever dies at whatever message an investment is whole when it is said again) {
  int rounds = 0;
  for (int who = 0; who < 5; ++who)
    for (int step = 0;; ++step, ++rounds) {
      fixture world;
      world.say<account_view>(world.investing, world.order());
      if (!world.cut(who, step)) break;
      CAF_CHECK_EQUAL(world.totals().difference, money{});
      CAF_CHECK_EQUAL(world.totals().transit, money{}); // nobody need ask for that
      const auto again = world.insist(world.order());
      CAF_REQUIRE(again->answer);
      CAF_CHECK_EQUAL(again->answer->balance, money::whole(40));
      world.check_balances(60, 40);
      CAF_REQUIRE(step < 500);
    }
  CAF_MESSAGE("killed at " << rounds << " places");
  CAF_CHECK(rounds > 150);
}

CAF_TEST(whatever append fails an investment is whole when it is said again) {
  for (bool kept : {false, true})
    for (int nth = 1; nth <= 4; ++nth) { // open, out, in, settled
      fixture world;
      int count = 0;
      world.gate->on_append = [&] {
        if (++count == nth) (kept ? world.faults->after : world.faults->before) = 1;
      };
      world.say<account_view>(world.investing, world.order());
      world.sched.run();
      world.wait();
      CAF_CHECK(count >= 4 || nth < 4);
      CAF_REQUIRE(world.insist(world.order())->answer);
      world.check_balances(60, 40);
    }
}

CAF_TEST(closing pays what is left into the wallet once) {
  CAF_REQUIRE(put_in(order())->answer);
  trade(account(), "t1", 5);
  const auto closed = put_in(ending());
  CAF_REQUIRE(closed->answer);
  CAF_CHECK(closed->answer->status == account_status::closed);
  CAF_CHECK_EQUAL(closed->answer->balance, money{});
  check_balances(105, 0);
  const auto again = put_in(ending());
  CAF_REQUIRE(again->answer);
  CAF_CHECK(same(*again->answer, *closed->answer));
  CAF_CHECK(put_in(ending("user:other"))->code() == errc::account_closed);
  check_balances(105, 0);
}

CAF_TEST(closing waits for withdrawals and takes no key of another command) {
  CAF_REQUIRE(put_in(order())->answer);
  const auto w = withdrawal_id_of(account(), "user:w");
  CAF_REQUIRE(
      ask(node(), reserve_withdrawal{account(), "user:w", w, money::whole(5), true, t0})->answer);
  CAF_CHECK(put_in(ending())->code() == errc::in_progress);
  CAF_CHECK(put_in(ending("user:w"))->code() == errc::idempotency_conflict);
  check_balances(60, 40);
  CAF_REQUIRE(ask(node(), reject_withdrawal{account(), "reject:" + w, w, "no", t0})->answer);
  CAF_REQUIRE(put_in(ending())->answer);
  check_balances(100, 0);
}

CAF_TEST(a trade that is booked while an account is closed goes with the rest) {
  CAF_REQUIRE(put_in(order())->answer);
  int trades = 0;
  // Right before each step of the journal, twice: the balance read is not the balance there.
  gate->on_append = [&] {
    if (++trades > 2) return;
    settle_trade c{account(), "trade:late" + std::to_string(trades) + ":closed", {}, t0};
    c.trade.id = "late" + std::to_string(trades);
    c.trade.symbol = "BTCUSDT";
    c.trade.quantity = c.trade.entry_price = money::whole(1);
    c.trade.profit_loss = money::whole(1);
    c.trade.executed_at = t0;
    caf::anon_send(node(), c);
  };
  CAF_REQUIRE(insist(ending())->answer);
  check_balances(102, 0);
}

CAF_TEST(whoever dies at whatever message a close is whole when it is said again) {
  int rounds = 0;
  for (int who = 0; who < 5; ++who)
    for (int step = 0;; ++step, ++rounds) {
      fixture world;
      CAF_REQUIRE(world.put_in(world.order())->answer);
      world.say<account_view>(world.investing, world.ending());
      if (!world.cut(who, step)) break;
      const auto again = world.insist(world.ending());
      CAF_REQUIRE(again->answer);
      CAF_CHECK(again->answer->status == account_status::closed);
      world.check_balances(100, 0);
      CAF_REQUIRE(step < 500);
    }
  CAF_MESSAGE("killed at " << rounds << " places");
  CAF_CHECK(rounds > 100);
}

CAF_TEST_FIXTURE_SCOPE_END()
