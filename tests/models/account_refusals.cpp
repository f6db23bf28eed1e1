// Which refusal every command meets in which state, and which of two comes first.
#include "tests/models/account_fixture.hpp"

#include <functional>

using namespace troupe;
using namespace troupe::testing_accounts;

namespace {

/// One valid command of each type, for an account that has a withdrawal "w", an approved one "v"
/// and a transfer "x" open.
std::vector<account_command> one_of_each() {
  told_account any;
  deposit in;
  withdraw out;
  in.amount = out.amount = usd("5");
  reserve_withdrawal reserve;
  reserve.withdrawal = "new";
  reserve.amount = usd("5");
  transfer_out send;
  send.transfer = "new";
  send.to = "bob";
  send.amount = usd("5");
  transfer_in receive;
  receive.transfer = "new";
  receive.from = "bob";
  receive.amount = usd("5");
  record_daily_performance day;
  day.row.day = monday_number;
  day.row.closing_balance = usd("900");
  reset_breaker reset;
  reset.by = "admin:1";
  open_account open;
  open.what = product::atlas;
  approve_withdrawal approve;
  approve.withdrawal = "w";
  complete_withdrawal complete;
  complete.withdrawal = "v";
  reject_withdrawal reject;
  reject.withdrawal = "w";
  expire_withdrawal expire;
  expire.withdrawal = "w";
  settle_transfer settle;
  settle.transfer = "x";
  return_transfer back;
  back.transfer = "x";
  return {open,
          in,
          out,
          reserve,
          approve,
          complete,
          reject,
          expire,
          send,
          receive,
          settle,
          back,
          any.trade("t", "1"),
          adjust_balance{},
          day,
          pause_account{},
          resume_account{},
          close_account{},
          report_error{},
          reset};
}

/// An account with something open of each sort, and its breaker open.
told_account busy_account(product what = product::atlas) {
  told_account a;
  a.opened(what);
  a.reserve("w", "10");
  a.reserve("v", "10", false);
  transfer_out send;
  send.transfer = "x";
  send.to = "bob";
  send.amount = usd("10");
  a.say(send);
  if (what != product::none) a.result("-20");
  return a;
}

/// Judged after `change`. Ticks have no reference and are not among the commands here.
template<class F>
refusal refused(const told_account& a, account_command c, F&& change) {
  return std::visit(
      [&](auto& x) {
        if constexpr (std::is_same_v<std::decay_t<decltype(x)>, tick_account>) {
          return refusal::none;
        } else {
          x.account = a.who.id();
          x.at = a.now;
          x.reference = "key:other";
          change(x);
          return a.who.judge(x).why;
        }
      },
      c);
}

refusal refused(const told_account& a, const account_command& c) {
  return refused(a, c, [](auto&) {});
}

/// Sets what a command moves; false when it moves nothing of its own.
template<class Command>
auto set_amount(Command& c, money amount, int) -> decltype(c.amount, true) {
  c.amount = amount;
  return true;
}
template<class Command>
bool set_amount(Command& c, money amount, long) {
  if constexpr (std::is_same_v<Command, open_account>)
    c.initial_capital = amount;
  else if constexpr (std::is_same_v<Command, settle_trade>)
    c.trade.profit_loss = amount;
  else if constexpr (std::is_same_v<Command, adjust_balance>)
    c.new_balance = amount;
  else
    return false;
  return true;
}

} // namespace

TEST(account_refusal, every_command_needs_a_reference_an_addressee_and_a_time) {
  const auto a = busy_account();
  using spoil = std::function<void(account_id&, reference_id&, utc_ms&)>;
  const std::pair<refusal, spoil> rows[] = {
      {refusal::reference_missing,
       [](auto&, auto& reference, auto& at) { reference.clear(), at = -1; }},
      {refusal::field_invalid, [](auto& account, auto&, auto&) { account = "bob"; }},
      {refusal::field_invalid, [](auto&, auto& reference, auto&) { reference = "a b"; }},
      {refusal::field_invalid, [](auto&, auto& reference, auto&) { reference = "\xc3\xa4"; }},
      {refusal::field_invalid, [](auto&, auto& reference, auto&) { reference.assign(201, 'x'); }},
      {refusal::field_invalid, [](auto&, auto&, auto& at) { at = -1; }},
      {refusal::field_invalid, [](auto&, auto&, auto& at) { at = 4102444800000; }}};
  for (auto& c : one_of_each())
    for (auto& [why, change] : rows)
      EXPECT_EQ(refused(a, c, [&](auto& x) { change(x.account, x.reference, x.at); }), why)
          << c.index();
}

TEST(account_refusal, an_account_must_be_open_for_all_but_opening) {
  const told_account none;
  auto closed = busy_account();
  closed.step<reject_withdrawal>("w");
  closed.step<reject_withdrawal>("v");
  settle_transfer settle;
  settle.transfer = "x";
  closed.say(settle);
  close_account close;
  close.payout = house_account::engine;
  EXPECT_EQ(told(closed.say(close)), "account_closed");
  for (auto& c : one_of_each()) {
    if (std::holds_alternative<open_account>(c)) {
      EXPECT_EQ(refused(none, c), refusal::none);
      EXPECT_EQ(refused(closed, c), refusal::account_exists);
      continue;
    }
    EXPECT_EQ(refused(none, c), refusal::account_unknown) << c.index();
    const bool receives = std::holds_alternative<transfer_in>(c);
    EXPECT_EQ(refused(closed, c), receives ? refusal::none : refusal::account_is_closed)
        << c.index() << ": what arrives is refused durably, by an event";
  }
}

TEST(account_refusal, a_wallet_does_not_trade) {
  const auto wallet = busy_account(product::none);
  const auto fund = busy_account();
  for (auto& c : one_of_each()) {
    const bool trading = std::holds_alternative<settle_trade>(c)
        || std::holds_alternative<adjust_balance>(c)
        || std::holds_alternative<record_daily_performance>(c)
        || std::holds_alternative<pause_account>(c) || std::holds_alternative<resume_account>(c)
        || std::holds_alternative<report_error>(c) || std::holds_alternative<reset_breaker>(c);
    EXPECT_EQ(refused(wallet, c) == refusal::wrong_kind, trading) << c.index();
    EXPECT_NE(refused(fund, c), refusal::wrong_kind) << c.index();
  }
}

TEST(account_refusal, a_used_reference_comes_before_the_state_and_after_validity) {
  auto a = busy_account();
  deposit first;
  first.reference = "key:used";
  first.amount = usd("7");
  EXPECT_EQ(told(a.say(first)), "deposited");
  for (auto& c : one_of_each())
    EXPECT_EQ(refused(a, c, [](auto& x) { x.reference = "key:used"; }), refusal::reference_conflict)
        << c.index();
  deposit spoiled = first;
  spoiled.amount = money{};
  EXPECT_EQ(a.say(spoiled).why, refusal::amount_not_allowed);
  auto closed = told_account{}.opened(product::atlas, "0");
  closed.say(first);
  close_account close;
  close.payout = house_account::engine;
  closed.say(close);
  EXPECT_TRUE(closed.say(first).repeated()) << "the receipt of a closed account's deposit";
}

TEST(account_refusal, amounts_of_commands_are_above_zero_and_in_range) {
  const auto a = busy_account();
  for (auto bad : {money{}, usd("-1"), *add(money::max(), money::from_units(1))}) {
    for (auto& c : one_of_each()) {
      const auto why = refused(a, c, [&](auto& x) {
        using command = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<command, open_account>)
          x.initial_capital = bad.is_zero() ? usd("-1") : bad;
        else if constexpr (std::is_same_v<command, adjust_balance>)
          x.new_balance = bad.is_zero() ? usd("-1") : bad;
        else if constexpr (std::is_same_v<command, record_daily_performance>)
          x.row.closing_balance = bad.is_zero() ? usd("-1") : bad;
        else if constexpr (std::is_same_v<command, settle_trade>)
          x.trade.quantity = bad;
        else if constexpr (
            std::is_same_v<
                command,
                deposit> || std::is_same_v<command, withdraw> || std::is_same_v<command, reserve_withdrawal> || std::is_same_v<command, transfer_in> || std::is_same_v<command, transfer_out>)
          x.amount = bad;
        else
          x.reference = "key:none to spoil";
      });
      const bool spoilt = why == refusal::amount_not_allowed;
      const auto i = c.index();
      const bool has_amount = i <= 3 || i == 8 || i == 9 || (i >= 12 && i <= 14);
      EXPECT_EQ(spoilt, has_amount) << i;
    }
  }
}

TEST(account_refusal, each_state_refuses_by_name) {
  struct row {
    refusal why;
    std::function<verdict(told_account&)> what;
  };
  const auto paused = [](told_account& a) -> told_account& {
    a.say(pause_account{});
    return a;
  };
  const auto expecting = [](told_account& a, const char* amount, const char* balance) {
    withdraw c;
    c.amount = usd(amount);
    c.expected_balance = usd(balance);
    return a.say(c);
  };
  const row rows[] = {
      {refusal::account_is_paused, [&](auto& a) { return paused(a).put("1"); }},
      {refusal::none, [&](auto& a) { return paused(a).take("1"); }},
      {refusal::none, [&](auto& a) { return paused(a).result("1"); }},
      {refusal::not_enough, [](auto& a) { return a.take("970.00000001"); }},
      {refusal::none, [](auto& a) { return a.take("950"); }},
      {refusal::not_enough, [](auto& a) { return a.reserve("n", "950.00000001"); }},
      {refusal::id_in_use, [](auto& a) { return a.reserve("w", "5000"); }},
      {refusal::not_enough, [](auto& a) { return a.result("-970.00000001"); }},
      {refusal::balance_out_of_range, [](auto& a) { return a.put("999999999999"); }},
      {refusal::balance_out_of_range, [](auto& a) { return a.result("999999999999"); }},
      {refusal::not_open_any_more,
       [](auto& a) { return a.template step<approve_withdrawal>("n"); }},
      {refusal::wrong_step, [](auto& a) { return a.template step<approve_withdrawal>("v"); }},
      {refusal::wrong_step, [](auto& a) { return a.template step<complete_withdrawal>("w"); }},
      {refusal::wrong_step, [](auto& a) { return a.template step<expire_withdrawal>("v"); }},
      {refusal::not_open_any_more, [](auto& a) { return a.template step<expire_withdrawal>("n"); }},
      {refusal::not_open_any_more, [](auto& a) { return a.template step<reject_withdrawal>("n"); }},
      {refusal::something_open, [](auto& a) { return a.say(close_account{}); }},
      {refusal::day_out_of_reach, [](auto& a) { return a.performance(monday_number + 1, "1"); }},
      {refusal::day_out_of_reach, [](auto& a) { return a.performance(monday_number - 1, "1"); }},
      {refusal::unexpected_balance, [&](auto& a) { return expecting(a, "1", "968"); }},
      {refusal::not_enough, [&](auto& a) { return expecting(a, "5000", "968"); }},
      {refusal::none, [&](auto& a) { return expecting(a, "1", "969"); }},
      {refusal::none, [](auto& a) { return a.reset(); }},
      {refusal::breaker_is_closed, [](auto& a) { return a.reset(), a.reset(); }},
      {refusal::breaker_is_open, [](auto& a) { return a.say(resume_account{}); }},
      {refusal::none, [&](auto& a) { return paused(a).say(resume_account{}); }}};
  int n = 0;
  for (auto& [why, what] : rows) {
    auto a = busy_account();
    ASSERT_EQ(a.balance(), "970.00");
    const auto v = what(a);
    EXPECT_EQ(v.why, why) << "row " << n << ": " << told(v);
    EXPECT_EQ(v.events.empty(), why != refusal::none) << "row " << n;
    ++n;
  }
}

TEST(account_refusal, what_is_open_has_a_bound) {
  auto a = told_account{}.opened();
  for (std::size_t i = 0; i < account::max_open; ++i)
    EXPECT_EQ(told(a.reserve(("w" + std::to_string(i)).c_str(), "1")), "withdrawal_reserved");
  EXPECT_EQ(a.reserve("one more", "5000").why, refusal::field_invalid) << "a space in an id";
  EXPECT_EQ(a.reserve("more", "5000").why, refusal::too_many_open)
      << "before the funds are looked at";
}

TEST(account_refusal, an_account_with_money_is_closed_only_by_paying_it_out) {
  auto a = told_account{}.opened();
  EXPECT_EQ(a.say(close_account{}).why, refusal::balance_left);
  close_account close;
  close.payout = house_account::engine;
  const auto v = a.say(close);
  EXPECT_EQ(told(v), "account_closed");
  EXPECT_EQ(to_string(v.events[0].moved.amount), "-1000.00");
  EXPECT_EQ(a.balance(), "0.00");
  EXPECT_EQ(a.who.status(), account_status::closed);
}

TEST(account_refusal, every_reason_has_a_code_and_words) {
  for (std::size_t i = 1; i < refusal_count; ++i) {
    const auto r = static_cast<refusal>(i);
    EXPECT_NE(code_of(r), errc::none) << i;
    EXPECT_NE(code_of(r), errc::internal) << i;
    EXPECT_NE(to_string(r), "?") << i;
  }
  EXPECT_EQ(static_cast<std::size_t>(refusal::balance_out_of_range) + 1, refusal_count);
  EXPECT_EQ(code_of(refusal::not_enough), errc::insufficient_funds);
  EXPECT_EQ(code_of(refusal::unexpected_balance), errc::capital_mismatch);
}

TEST(account_refusals, an_amount_of_any_128_bits_is_refused_before_it_is_counted_with) {
  auto a = told_account{}.opened();
  a.reserve("w", "900");
  a.result("-500"); // less than nothing is available
  const auto most = ~static_cast<uint128>(0) >> 1;
  const auto least = money::from_units(static_cast<int128>(most + 1));
  for (const auto amount : {least, money::from_units(static_cast<int128>(most))})
    for (auto command : one_of_each()) {
      if (!std::visit([&](auto& c) { return set_amount(c, amount, 0); }, command)) continue;
      const auto v = std::visit([&](auto& c) { return a.say(c); }, command);
      EXPECT_EQ(v.why, refusal::amount_not_allowed) << command.index();
    }
}
