// Transfers on the deterministic scheduler: whoever dies at whatever message, and whatever the
// journal refuses, the money is at one place in the end and the transfer is over.
#define CAF_SUITE transfer

#include "models/transfer_ids.hpp"
#include "tests/actors/money_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

// One node that can be started again on the same journal.
struct fixture : money_fixture {
  accounts all;
  utc_ms now = t0 + hour_ms;

  void start() {
    accounts_options wanted;
    wanted.account = options;
    wanted.transfer.now = [this] { return now; };
    wanted.transfer.sweep_rows = 5;
    all = spawn_accounts(sys, wanted);
    for (auto& r : all.registries) doomed.push_back(caf::actor_cast<caf::actor>(r));
    sched.run();
  }
  void stop() {
    for (auto& d : std::exchange(doomed, {})) caf::anon_send_exit(d, caf::exit_reason::kill);
    all = {};
    sched.run();
  }
  const accounts_actor& node() const { return all.registries[0]; }

  void open_both() {
    CAF_REQUIRE(ask(node(), opening("wallet", 100, account_kind::wallet))->answer);
    CAF_REQUIRE(ask(node(), opening("fund", 10, account_kind::investment))->answer);
  }
  static move_money order(const reference_id& reference = "key:move", int amount = 40) {
    return {"wallet", "fund", reference, money::whole(amount), t0};
  }
  void kill(const caf::actor_addr& who) {
    if (auto a = caf::actor_cast<caf::actor>(who)) caf::anon_send_exit(a, caf::exit_reason::kill);
  }
  // Long enough for every time-out and retry.
  void wait() {
    for (int i = 0; i < 40; ++i) {
      advance_time(5s);
      sched.run();
    }
  }

  // The money is there, once, and nothing is under way.
  void check_moved(int wallet, int fund) {
    CAF_CHECK_EQUAL(balance(node(), "wallet"), money::whole(wallet));
    CAF_CHECK_EQUAL(balance(node(), "fund"), money::whole(fund));
    CAF_CHECK_EQUAL(totals().transit, money{});
    check_served_is_kept(node(), "wallet");
    check_served_is_kept(node(), "fund");
  }
  // Trips the fund's breaker (atlas: 2 % in a day, then 24 hours).
  void lose() {
    settle_trade c{"fund", "trade:t1:closed", {}, t0};
    c.trade.id = "t1";
    c.trade.symbol = "BTCUSDT";
    c.trade.quantity = c.trade.entry_price = money::whole(1);
    c.trade.profit_loss = money::whole(-1);
    c.trade.executed_at = t0;
    CAF_REQUIRE(ask(node(), c)->answer);
    CAF_CHECK(breaker() == breaker_state::open);
  }
  breaker_state breaker() {
    return ask<account_view>(node(), get_account{"fund", {}})->answer->breaker;
  }
  void sweep() {
    advance_time(60s);
    sched.run();
  }
  void check_again_says(bool settled) {
    auto again = say<transfer_outcome>(node(), order());
    wait();
    CAF_REQUIRE(again->answer);
    CAF_CHECK_EQUAL(again->answer->settled, settled);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(transfer_tests, fixture)

CAF_TEST(money moves once however often it is told to) {
  start();
  open_both();
  auto first = ask<transfer_outcome>(node(), order());
  CAF_REQUIRE(first->answer);
  CAF_CHECK(first->answer->settled);
  CAF_CHECK_EQUAL(first->answer->out.balance_after, money::whole(60));
  for (int i = 0; i < 3; ++i) check_again_says(true);
  check_moved(60, 50);
  stop();
  start();
  check_again_says(true);
  check_moved(60, 50);
}

CAF_TEST(a receiver that refuses sends the money back) {
  start();
  open_both();
  CAF_REQUIRE(ask(node(), pause_account{"fund", "key:pause", "by hand", t0})->answer);
  auto answer = ask<transfer_outcome>(node(), order());
  CAF_REQUIRE(answer->answer);
  CAF_CHECK(!answer->answer->settled);
  check_moved(100, 10);
  CAF_REQUIRE(ask(node(), resume_account{"fund", "key:resume", t0})->answer);
  check_again_says(false); // it is over for good
  check_moved(100, 10);
}

CAF_TEST(what cannot be sent off moves nothing) {
  start();
  open_both();
  CAF_CHECK(ask<transfer_outcome>(node(), order("key:a", 101))->code() == errc::insufficient_funds);
  auto to_nobody = order();
  to_nobody.to = "nobody";
  CAF_CHECK(ask<transfer_outcome>(node(), to_nobody)->code() == errc::not_found);
  check_moved(100, 10);
}

CAF_TEST(a withdrawal towards a wallet goes on as a transfer) {
  start();
  open_both();
  CAF_REQUIRE(
      ask(node(), reserve_withdrawal{"fund", "key:r", "w-1", money::whole(4), false, t0})->answer);
  CAF_REQUIRE(
      ask(node(), complete_withdrawal{"fund", "key:c", "w-1", house_account::transit, "wallet", t0})
          ->answer);
  wait();
  check_moved(104, 6);
}

CAF_TEST(a node that starts again finds what was under way) {
  start();
  open_both();
  gate->holding = true;
  const auto id = transfer_id_of("key:move");
  say(node(), transfer_out{"wallet", "key:move", id, "fund", money::whole(40), t0});
  sched.run();
  stop(); // before the first step is kept
  release();
  CAF_CHECK_EQUAL(totals().transit, money::whole(40));
  start(); // and nobody speaks to either account
  wait();
  CAF_CHECK_EQUAL(totals().transit, money{});
  check_moved(60, 50);
}

CAF_TEST(a breaker half - opens when its time is over though nobody speaks to the account) {
  start();
  open_both();
  lose();
  now = t0 + day_ms - 1;
  sweep();
  CAF_CHECK(breaker() == breaker_state::open);
  now = t0 + day_ms;
  sweep();
  CAF_CHECK(breaker() == breaker_state::half_open);
  const auto version = ask<account_view>(node(), get_account{"fund", {}})->answer->version;
  sweep();
  sweep();
  CAF_CHECK_EQUAL(ask<account_view>(node(), get_account{"fund", {}})->answer->version, version);
  check_served_is_kept(node(), "fund");
}

CAF_TEST(a node that starts again remembers who cools down) {
  start();
  open_both();
  lose();
  for (int i = 0; i < 20; ++i) CAF_REQUIRE(ask(node(), depositing("wallet", fresh(), 1))->answer);
  sweep(); // the cursor goes no further than the breaker
  stop();
  now = t0 + day_ms;
  start();
  CAF_CHECK(breaker() == breaker_state::half_open);
}

CAF_TEST(a breaker without a time and a closed account are left alone) {
  start();
  open_both();
  lose();
  CAF_REQUIRE(ask(node(), report_error{"fund", "event:e", true, "critical", "gone", t0})->answer);
  now = t0 + 30 * day_ms;
  sweep();
  CAF_CHECK(breaker() == breaker_state::open);
  CAF_REQUIRE(ask(node(), reset_breaker{"fund", "admin:r", "admin", "fixed", now})->answer);
  CAF_REQUIRE(ask(node(), close_account{"fund", "close", house_account::engine, now})->answer);
  sweep();
  const auto newest = ask<std::uint64_t>(journal, get_outbox_cursor{"transfers"})->answer;
  CAF_REQUIRE(newest);
  CAF_CHECK_EQUAL(*newest, totals().row_count); // nothing holds the cursor back
}

CAF_TEST(whoever dies at whatever message the money is neither lost nor doubled) {
  int rounds = 0;
  for (int who = 0; who < 4; ++who)
    for (int step = 0;; ++step, ++rounds) {
      // A world of its own for each round.
      fixture world;
      world.start();
      world.open_both();
      world.say<transfer_outcome>(world.node(), order());
      int ran = 0;
      while (ran < step && world.sched.try_run_once()) ++ran;
      if (ran < step) break; // it is over before that message
      if (who == 0) world.kill(world.gate->accounts["wallet"]);
      if (who == 1) world.kill(world.gate->accounts["fund"]);
      if (who == 2) world.kill(world.gate->coordinator);
      if (who == 3) { // everybody at once
        world.stop();
        world.start();
      }
      world.sched.run();
      world.wait();
      const bool left = world.balance(world.node(), "wallet") != money::whole(100);
      CAF_CHECK(left || who >= 2); // only its asker's death may end it before it began
      world.check_moved(left ? 60 : 100, left ? 50 : 10);
      world.check_again_says(true);
      world.check_moved(60, 50);
      CAF_REQUIRE(step < 500);
    }
  CAF_MESSAGE("killed at " << rounds << " places");
  CAF_CHECK(rounds > 60);
}

CAF_TEST(whatever append fails the money is neither lost nor doubled) {
  for (bool kept : {false, true})
    for (bool refused : {false, true})
      for (int nth = 1; nth <= 3; ++nth) {
        fixture world;
        world.start();
        world.open_both();
        if (refused)
          CAF_REQUIRE(world.ask(world.node(), pause_account{"fund", "key:pause", "", t0})->answer);
        int count = 0;
        world.gate->on_append = [&] {
          if (++count == nth) (kept ? world.faults->after : world.faults->before) = 1;
        };
        auto answer = world.say<transfer_outcome>(world.node(), order());
        world.sched.run();
        world.wait();
        CAF_CHECK(!answer->nothing());
        world.check_again_says(!refused);
        world.check_moved(refused ? 100 : 60, refused ? 10 : 50);
      }
}

CAF_TEST_FIXTURE_SCOPE_END()
