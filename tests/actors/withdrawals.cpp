// Withdrawals that wait: the list an admin works through, and what happens when nobody does.
#define CAF_SUITE withdrawals

#include "tests/actors/investing_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct fixture : investing_fixture {
  fixture() { CAF_REQUIRE(put_in(order())->answer); }

  withdrawal_id reserve(const reference_id& key, int amount, bool needs_approval = true) {
    const auto id = withdrawal_id_of(account(), key);
    CAF_REQUIRE(
        ask(node(),
            reserve_withdrawal{account(), key, id, money::whole(amount), needs_approval, t0})
            ->answer);
    return id;
  }
  void approve(const withdrawal_id& id) {
    CAF_REQUIRE(ask(node(), approve_withdrawal{account(), "approve:" + id, id, t0})->answer);
  }
  std::vector<waiting_withdrawal> waiting(get_withdrawals question = {}) {
    auto heard = ask<std::vector<waiting_withdrawal>>(node(), question);
    CAF_REQUIRE(heard->answer);
    return *heard->answer;
  }
  void sweep() {
    advance_time(60s);
    sched.run();
    wait();
  }
  account_view view() { return *ask<account_view>(node(), get_account{account(), {}})->answer; }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(withdrawals_tests, fixture)

CAF_TEST(a withdrawal is listed from its reservation to its end) {
  CAF_CHECK(waiting().empty());
  const auto first = reserve("user:1", 5), second = reserve("user:2", 6);
  const auto both = waiting();
  CAF_REQUIRE_EQUAL(both.size(), 2u);
  CAF_CHECK_EQUAL(both[0].id, first);
  CAF_CHECK_EQUAL(both[0].account, account());
  CAF_CHECK_EQUAL(both[0].amount, money::whole(5));
  CAF_CHECK(!both[0].approved);
  CAF_CHECK_EQUAL(both[1].id, second);
  const auto rest = waiting({both[0].number, 10});
  CAF_REQUIRE_EQUAL(rest.size(), 1u);
  CAF_CHECK_EQUAL(rest[0].id, second);
  CAF_CHECK_EQUAL(waiting({0, 1}).size(), 1u);
  CAF_REQUIRE(
      ask(node(), reject_withdrawal{account(), "reject:" + first, first, "no", t0})->answer);
  CAF_CHECK_EQUAL(waiting().size(), 1u);
  approve(second);
  const auto last = waiting();
  CAF_REQUIRE_EQUAL(last.size(), 1u);
  CAF_CHECK(last[0].approved);
  CAF_REQUIRE(ask(node(), *completion_of(second, t0))->answer);
  CAF_CHECK(waiting().empty());
  wait();
  CAF_CHECK_EQUAL(balance(node(), wallet), money::whole(66));
  CAF_CHECK_EQUAL(totals().transit, money{});
}

CAF_TEST(a node that starts again knows who waits) {
  const auto id = reserve("user:1", 5);
  for (int i = 0; i < 20; ++i) CAF_REQUIRE(ask(node(), depositing(wallet, fresh(), 1))->answer);
  sweep(); // the cursor goes no further than the reservation
  stop();
  start();
  const auto found = waiting();
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].id, id);
}

CAF_TEST(what nobody approves in time is free again) {
  reserve("user:1", 5);
  now = t0 + 7 * day_ms - 1;
  sweep();
  CAF_CHECK_EQUAL(view().reserved, money::whole(5));
  now = t0 + 7 * day_ms;
  sweep();
  CAF_CHECK_EQUAL(view().reserved, money{});
  CAF_CHECK_EQUAL(view().balance, money::whole(40));
  CAF_CHECK(waiting().empty());
  const auto version = view().version;
  sweep();
  CAF_CHECK_EQUAL(view().version, version);
  sweep();
  const auto kept = ask<std::uint64_t>(journal, get_outbox_cursor{"transfers"})->answer;
  CAF_REQUIRE(kept);
  CAF_CHECK_EQUAL(*kept, totals().row_count); // nothing holds the cursor back
}

CAF_TEST(what was approved leaves though whoever approved it died) {
  const auto id = reserve("user:1", 5);
  approve(id);
  now = t0 + 30 * day_ms; // it does not expire
  stop();
  start();
  sweep();
  CAF_CHECK_EQUAL(balance(node(), wallet), money::whole(65));
  CAF_CHECK_EQUAL(view().balance, money::whole(35));
  CAF_CHECK(waiting().empty());
  // The admin asks again, and is answered as the first time.
  approve(id);
  CAF_REQUIRE(ask(node(), *completion_of(id, t0))->answer);
  wait();
  CAF_CHECK_EQUAL(balance(node(), wallet), money::whole(65));
}

CAF_TEST(a withdrawal that is no investments is left alone) {
  CAF_REQUIRE(ask(node(), reserve_withdrawal{wallet, "user:w", "pay-1", money::whole(5), false, t0})
                  ->answer);
  sweep();
  CAF_CHECK_EQUAL(waiting().size(), 1u);
  CAF_CHECK_EQUAL(balance(node(), wallet), money::whole(60));
}

CAF_TEST(who asks while the journal is away is told so and later answered) {
  reserve("user:1", 5);
  gate->failing = 1;
  auto heard = ask<std::vector<waiting_withdrawal>>(node(), get_withdrawals{});
  CAF_CHECK(heard->code() == errc::store_unavailable);
  CAF_CHECK_EQUAL(waiting().size(), 1u);
}

CAF_TEST(as many may ask at once as there is room for) {
  reserve("user:1", 5);
  std::vector<heard_ptr<std::vector<waiting_withdrawal>>> heard;
  for (int i = 0; i < 70; ++i)
    heard.push_back(say<std::vector<waiting_withdrawal>>(node(), get_withdrawals{}));
  sched.run();
  int answered = 0;
  for (auto& h : heard) {
    answered += h->answer ? 1 : 0;
    if (!h->answer) CAF_CHECK(h->code() == errc::busy);
    if (h->answer) CAF_CHECK_EQUAL(h->answer->size(), 1u);
  }
  CAF_CHECK(answered >= 64);
}

CAF_TEST_FIXTURE_SCOPE_END()
