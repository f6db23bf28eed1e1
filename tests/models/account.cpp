// What commands do to an account: movements, repeats, withdrawals, transfers.
#include "tests/models/account_fixture.hpp"

using namespace troupe;
using namespace troupe::testing_accounts;

TEST(account, moves_money_against_the_house_and_says_the_balance) {
  auto a = told_account{}.opened();
  deposit c;
  c.amount = usd("0.00000001");
  c.source = house_account::payments;
  const auto v = a.say(c);
  ASSERT_EQ(told(v), "deposited");
  EXPECT_EQ(v.events[0].moved.contra, house_account::payments);
  EXPECT_EQ(to_string(v.events[0].moved.balance_after), "1000.00000001");
  EXPECT_EQ(v.events[0].version, 2u);
  EXPECT_EQ(told(a.take("1000")), "withdrawn");
  EXPECT_EQ(a.balance(), "0.00000001");
  EXPECT_EQ(a.who.status(), account_status::active);
}

TEST(account, without_capital_waits_for_its_first_deposit) {
  auto a = told_account{}.opened(product::nova, "0");
  EXPECT_EQ(a.who.status(), account_status::pending_deposit);
  EXPECT_EQ(a.events[0].moved.contra, house_account::none);
  a.put("1");
  a.take("1");
  EXPECT_EQ(a.who.status(), account_status::active);
  EXPECT_EQ(told_account{}.opened(product::none, "0").who.status(), account_status::active);
}

TEST(account, answers_a_repeat_with_the_first_receipt_and_moves_nothing) {
  auto a = told_account{}.opened();
  deposit c;
  c.reference = "key:1x";
  c.amount = usd("5");
  const auto first = receipt_of(a.say(c));
  a.put("7");
  a.now += minute_ms; // a repeat is stamped anew
  const auto v = a.say(c);
  ASSERT_TRUE(v.repeated());
  EXPECT_EQ(*v.earlier, first);
  EXPECT_EQ(to_string(first.balance_after), "1005.00");
  EXPECT_EQ(first.version, 2u);
  EXPECT_EQ(a.balance(), "1012.00");
  c.amount = usd("6");
  EXPECT_EQ(a.say(c).why, refusal::reference_conflict);
}

TEST(account, does_not_bind_the_reference_of_a_refusal) {
  auto a = told_account{}.opened();
  withdraw c;
  c.reference = "key:1x";
  c.amount = usd("1001");
  EXPECT_EQ(a.say(c).why, refusal::not_enough);
  a.put("1");
  EXPECT_EQ(told(a.say(c)), "withdrawn");
}

TEST(account, remembers_the_newest_references_and_those_of_the_last_hour) {
  auto a = told_account{}.opened();
  deposit c;
  c.amount = usd("1");
  for (int i = 0; i < 100; ++i) {
    c.reference = "key:many" + std::to_string(i);
    a.say(c);
  }
  const auto known = [&](int i) {
    c.reference = "key:many" + std::to_string(i);
    c.account = a.who.id();
    c.at = a.now;
    return a.who.judge(c).repeated();
  };
  EXPECT_TRUE(known(36));
  EXPECT_FALSE(known(35)) << "64 are kept";
  a.now += 2 * hour_ms;
  a.put("1");
  EXPECT_TRUE(known(99));
  EXPECT_TRUE(known(93));
  EXPECT_FALSE(known(92)) << "8 of any age";
}

TEST(account, without_a_key_a_movement_that_holds_already_is_a_repeat) {
  auto a = told_account{}.opened();
  deposit c;
  c.amount = usd("100");
  c.expected_balance = usd("1100");
  const auto first = a.say(c);
  ASSERT_EQ(told(first), "deposited");
  const auto second = a.say(c); // under another reference
  ASSERT_TRUE(second.repeated());
  EXPECT_EQ(*second.earlier, receipt_of(first));
  a.result("1");
  EXPECT_EQ(a.say(c).why, refusal::unexpected_balance);
  c.expected_balance = usd("1101");
  EXPECT_EQ(a.say(c).why, refusal::unexpected_balance) << "it holds, but by no such deposit";
}

TEST(withdrawal, is_reserved_approved_and_leaves) {
  auto a = told_account{}.opened();
  EXPECT_EQ(told(a.reserve("w", "400")), "withdrawal_reserved");
  EXPECT_EQ(a.reserved(), "400.00");
  EXPECT_EQ(a.balance(), "1000.00");
  EXPECT_EQ(a.take("600.01").why, refusal::not_enough);
  EXPECT_EQ(told(a.step<approve_withdrawal>("w")), "withdrawal_approved");
  const auto v = a.step<complete_withdrawal>("w");
  EXPECT_EQ(told(v), "withdrawal_completed");
  EXPECT_EQ(to_string(v.events[0].moved.amount), "-400.00");
  EXPECT_EQ(v.events[0].moved.contra, house_account::payments);
  EXPECT_EQ(a.balance(), "600.00");
  EXPECT_EQ(a.reserved(), "0.00");
}

TEST(withdrawal, rejected_or_expired_frees_what_was_reserved) {
  auto a = told_account{}.opened();
  a.reserve("w", "400");
  a.reserve("v", "300");
  EXPECT_EQ(told(a.step<expire_withdrawal>("w")), "withdrawal_expired");
  EXPECT_EQ(a.reserved(), "300.00");
  a.step<approve_withdrawal>("v");
  EXPECT_EQ(told(a.step<reject_withdrawal>("v")), "withdrawal_rejected");
  EXPECT_EQ(a.reserved(), "0.00");
  EXPECT_EQ(a.balance(), "1000.00");
}

TEST(withdrawal, waits_when_a_loss_ate_into_it) {
  auto a = told_account{}.opened();
  a.reserve("w", "900", false);
  EXPECT_EQ(told(a.result("-200")), "trade_settled breaker_opened");
  EXPECT_EQ(to_string(a.who.available()), "-100.00");
  EXPECT_EQ(a.step<complete_withdrawal>("w").why, refusal::not_enough);
  a.put("100");
  EXPECT_EQ(told(a.step<complete_withdrawal>("w")), "withdrawal_completed");
  EXPECT_EQ(a.balance(), "0.00");
}

TEST(withdrawal, towards_a_wallet_becomes_a_transfer_of_the_same_id) {
  auto a = told_account{}.opened();
  a.reserve("w", "400", false);
  complete_withdrawal c;
  c.withdrawal = "w";
  c.target = house_account::transit;
  EXPECT_EQ(a.say(c).why, refusal::field_invalid) << "it must say where to";
  c.to = "wallet:alice";
  EXPECT_EQ(told(a.say(c)), "withdrawal_completed");
  ASSERT_EQ(a.who.transfers().size(), 1u);
  EXPECT_EQ(a.who.transfers()[0].id, "w");
  EXPECT_EQ(a.who.transfers()[0].to, "wallet:alice");
}

TEST(transfer, is_reserved_credited_and_settled_each_once) {
  told_account wallet{"wallet:1"}, fund{"fund:1"};
  wallet.opened(product::none, "500");
  fund.opened(product::atlas, "0");
  transfer_out out;
  out.transfer = "x";
  out.to = "fund:1";
  out.amount = usd("200");
  EXPECT_EQ(told(wallet.say(out)), "transfer_reserved");
  EXPECT_EQ(wallet.balance(), "300.00");
  transfer_in in;
  in.reference = "transfer:x:in";
  in.transfer = "x";
  in.from = "wallet:1";
  in.amount = usd("200");
  EXPECT_EQ(told(fund.say(in)), "transfer_credited");
  EXPECT_EQ(told(fund.say(in)), "repeat of 2");
  EXPECT_EQ(fund.balance(), "200.00");
  EXPECT_EQ(fund.who.status(), account_status::active);
  settle_transfer done;
  done.reference = "transfer:x:settle";
  done.transfer = "x";
  EXPECT_EQ(told(wallet.say(done)), "transfer_settled");
  EXPECT_EQ(told(wallet.say(done)), "repeat of 3");
  EXPECT_TRUE(wallet.who.transfers().empty());
}

TEST(transfer, refused_by_the_receiver_is_refused_for_ever_and_comes_back) {
  told_account wallet{"wallet:1"}, fund{"fund:1"};
  wallet.opened(product::none, "500");
  fund.opened();
  fund.say(pause_account{});
  transfer_out out;
  out.transfer = "x";
  out.to = "fund:1";
  out.amount = usd("200");
  wallet.say(out);
  transfer_in in;
  in.reference = "transfer:x:in";
  in.transfer = "x";
  in.from = "wallet:1";
  in.amount = usd("200");
  const auto v = fund.say(in);
  EXPECT_EQ(told(v), "transfer_refused");
  EXPECT_EQ(receipt_of(v).kind, kind_of<transfer_refused>());
  return_transfer back;
  back.transfer = "x";
  EXPECT_EQ(told(wallet.say(back)), "transfer_returned");
  EXPECT_EQ(wallet.balance(), "500.00");
  fund.say(resume_account{});
  EXPECT_EQ(told(fund.say(in)), "repeat of 3") << "what was returned is never credited";
  EXPECT_EQ(fund.balance(), "1000.00");
}

TEST(transfer, that_returns_leaves_the_marks_as_they_were) {
  auto a = told_account{}.opened();
  a.result("-19");
  transfer_out out;
  out.transfer = "x";
  out.to = "wallet:1";
  out.amount = usd("981");
  EXPECT_EQ(told(a.say(out)), "transfer_reserved");
  EXPECT_EQ(to_string(a.who.high_water_mark()), "0.00");
  return_transfer back;
  back.transfer = "x";
  a.say(back);
  EXPECT_EQ(to_string(a.who.high_water_mark()), "1000.00") << "the loss is not forgotten";
}

TEST(high_water_mark, follows_gains_and_moves_with_money_in_and_out) {
  auto a = told_account{}.opened();
  a.result("250");
  EXPECT_EQ(to_string(a.who.high_water_mark()), "1250.00");
  a.now += day_ms;
  a.result("-20");
  a.put("100");
  EXPECT_EQ(to_string(a.who.high_water_mark()), "1350.00") << "in: by the amount";
  a.take("665");
  EXPECT_EQ(a.balance(), "665.00");
  EXPECT_EQ(to_string(a.who.high_water_mark()), "675.00") << "out: in proportion";
}

TEST(account, refuses_to_fold_what_does_not_follow) {
  auto a = told_account{}.opened();
  deposit c;
  c.account = "alice";
  c.reference = "key:2";
  c.amount = usd("1");
  c.at = a.now;
  const auto good = a.who.judge(c).events.at(0);
  const auto spoilt = [&](auto change) {
    auto e = good;
    change(e);
    auto copy = a.who;
    EXPECT_THROW(copy.fold(e), std::logic_error);
  };
  spoilt([](auto& e) { ++e.version; });
  spoilt([](auto& e) { --e.version; });
  spoilt([](auto& e) { e.moved.amount = money::from_units(1); });
  spoilt([](auto& e) { e.reserved_after = money::from_units(1); });
  spoilt([](auto& e) { e.what = account_opened{}; });
  spoilt([](auto& e) { e.what = withdrawal_completed{"none", ""}; });
  account fresh{"bob"};
  EXPECT_THROW(fresh.fold(good), std::logic_error);
}
