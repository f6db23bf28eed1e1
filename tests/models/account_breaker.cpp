// The breaker through the account: each cause at its exact limit, in the append of the trade that
// trips it; half-open, escalation, pause and reset.
#include "tests/models/account_fixture.hpp"

using namespace troupe;
using namespace troupe::testing_accounts;

namespace {

/// Trips an atlas account by the day's loss and waits out the cool-down.
told_account half_open_soon() {
  auto a = told_account{}.opened();
  a.result("-20");
  a.now += 24 * hour_ms;
  return a;
}

} // namespace

TEST(account_breaker, opens_with_the_trade_that_reaches_the_daily_loss) {
  auto a = told_account{}.opened();
  EXPECT_EQ(told(a.result("-19.99999999")), "trade_settled");
  const auto v = a.result("-0.00000001");
  ASSERT_EQ(told(v), "trade_settled breaker_opened");
  const auto& opened = std::get<breaker_opened>(v.events[1].what);
  EXPECT_EQ(opened.cause, breaker_cause::daily_loss);
  EXPECT_EQ(to_string(opened.evidence.measured), "20.00");
  EXPECT_EQ(to_string(opened.evidence.limit), "20.00");
  EXPECT_EQ(to_string(opened.evidence.base), "1000.00");
  EXPECT_EQ(opened.until, a.now + 24 * hour_ms);
  EXPECT_TRUE(v.events[1].reference.empty()) << "only the trade carries the reference";
  EXPECT_EQ(a.who.may_trade(a.now).why, refusal::breaker_is_open);
  EXPECT_EQ(a.who.status(), account_status::active) << "open is not paused";
}

TEST(account_breaker, has_the_limits_of_its_product) {
  const std::tuple<product, const char*, const char*> rows[] = {{product::atlas, "-19.99", "-0.01"},
                                                                {product::orion, "-39.99", "-0.01"},
                                                                {product::nova, "-79.99", "-0.01"}};
  for (auto& [what, under, rest] : rows) {
    auto a = told_account{}.opened(what);
    a.result(under);
    EXPECT_EQ(a.breaker(), breaker_state::closed) << to_string(what);
    a.result(rest);
    EXPECT_EQ(a.breaker(), breaker_state::open) << to_string(what);
  }
}

TEST(account_breaker, measures_the_day_against_what_came_in_and_not_against_gains) {
  auto a = told_account{}.opened();
  a.put("1000"); // the day's base is 2000
  EXPECT_EQ(told(a.result("-39")), "trade_settled");
  a.result("30"); // the day's result is -9
  EXPECT_EQ(told(a.result("-30.99")), "trade_settled");
  EXPECT_EQ(told(a.result("-0.01")), "trade_settled breaker_opened");
}

TEST(account_breaker, starts_each_day_anew) {
  auto a = told_account{}.opened();
  a.result("-19");
  a.now += day_ms; // base 981
  EXPECT_EQ(told(a.result("-19.61")), "trade_settled");
  EXPECT_EQ(told(a.result("-0.01")), "trade_settled breaker_opened");
}

TEST(account_breaker, a_late_report_of_yesterday_is_no_loss_of_today) {
  auto a = told_account{}.opened();
  a.now += day_ms;
  EXPECT_EQ(told(a.result("-50", a.now - day_ms)), "trade_settled");
  EXPECT_EQ(told(a.result("-18.99")), "trade_settled") << "today's base is 950";
  EXPECT_EQ(told(a.result("-0.01")), "trade_settled breaker_opened");
}

TEST(account_breaker, opens_at_the_drawdown_from_the_high_water_mark) {
  auto a = told_account{}.opened();
  a.result("1000"); // mark 2000
  for (int day = 0; day < 5; ++day) {
    a.now += day_ms;
    EXPECT_EQ(told(a.result("-33")), "trade_settled");
    EXPECT_EQ(told(a.result("0.01")), "trade_settled"); // no row of losses
  }
  a.now += day_ms;
  EXPECT_EQ(told(a.result("-35.04")), "trade_settled");
  const auto v = a.result("-0.01"); // 2000 - 1800
  ASSERT_EQ(told(v), "trade_settled breaker_opened");
  const auto& opened = std::get<breaker_opened>(v.events[1].what);
  EXPECT_EQ(opened.cause, breaker_cause::drawdown);
  EXPECT_EQ(to_string(opened.evidence.measured), "200.00");
  EXPECT_EQ(to_string(opened.evidence.limit), "200.00");
}

TEST(account_breaker, opens_after_so_many_losses_in_a_row) {
  auto a = told_account{}.opened();
  for (auto result : {"-1", "-1", "-1", "1", "-1", "-1", "0", "-1"})
    EXPECT_EQ(told(a.result(result)), "trade_settled") << result;
  const auto v = a.result("-1");
  ASSERT_EQ(told(v), "trade_settled breaker_opened");
  const auto& opened = std::get<breaker_opened>(v.events[1].what);
  EXPECT_EQ(opened.cause, breaker_cause::consecutive_losses);
  EXPECT_EQ(opened.evidence.losses_in_row, 4u);
}

TEST(account_breaker, names_the_daily_loss_before_drawdown_and_losses_in_a_row) {
  auto a = told_account{}.opened();
  EXPECT_EQ(std::get<breaker_opened>(a.result("-500").events[1].what).cause,
            breaker_cause::daily_loss);
}

TEST(account_breaker, opens_for_an_adjustment_that_is_a_loss) {
  auto a = told_account{}.opened();
  adjust_balance c;
  c.new_balance = usd("980.01");
  EXPECT_EQ(told(a.say(c)), "balance_adjusted");
  c.new_balance = usd("980");
  EXPECT_EQ(told(a.say(c)), "balance_adjusted breaker_opened");
}

TEST(account_breaker, counts_an_adjustment_towards_the_newest_day_when_the_clock_went_back) {
  auto a = told_account{}.opened();
  adjust_balance c;
  a.now += day_ms;
  c.new_balance = usd("990");
  EXPECT_EQ(told(a.say(c)), "balance_adjusted");
  a.now -= day_ms;
  c.new_balance = usd("980");
  EXPECT_EQ(told(a.say(c)), "balance_adjusted breaker_opened") << "judged as it is folded";
}

TEST(account_breaker, is_half_open_for_one_trade_of_half_the_size) {
  auto a = half_open_soon();
  EXPECT_EQ(a.who.may_trade(a.now - 1).why, refusal::breaker_is_open);
  const auto allowed = a.who.may_trade(a.now);
  EXPECT_EQ(allowed.why, refusal::none);
  EXPECT_TRUE(allowed.reduced);
  EXPECT_EQ(to_string(allowed.max_position), "4.90") << "half of 1 % of 980";
  EXPECT_EQ(told(a.tick()), "breaker_half_opened");
  EXPECT_EQ(told(a.tick()), "");
  auto c = a.trade("probe", "0");
  c.trade.status = trade_status::open;
  c.reference = "trade:probe:open";
  EXPECT_EQ(told(a.say(c)), "trade_opened");
  EXPECT_EQ(a.who.may_trade(a.now).why, refusal::breaker_is_open) << "the one trade is under way";
  EXPECT_EQ(told(a.result("5")), "trade_settled") << "another trade decides nothing";
  EXPECT_EQ(told(a.say(a.trade("probe", "1"))), "trade_settled breaker_closed");
  EXPECT_FALSE(a.who.may_trade(a.now).reduced);
}

TEST(account_breaker, is_half_open_by_the_first_trade_after_the_cool_down_without_a_tick) {
  auto a = half_open_soon();
  EXPECT_EQ(told(a.result("1", a.now - 1)), "breaker_half_opened trade_settled")
      << "a trade from before decides nothing";
  EXPECT_EQ(told(a.result("0")), "trade_settled");
  EXPECT_EQ(told(a.result("1")), "trade_settled breaker_closed");
  EXPECT_EQ(a.who.losses_in_row(), 0u);
}

TEST(account_breaker, a_lost_test_opens_it_twice_as_long_up_to_seven_days) {
  auto a = half_open_soon();
  for (auto days : {2, 4, 7, 7, 7, 7}) {
    const auto v = a.result("-0.01");
    ASSERT_EQ(told(v), "breaker_half_opened trade_settled breaker_opened");
    EXPECT_EQ(v.events[1].reference.substr(0, 6), "trade:");
    EXPECT_EQ(a.who.breaker().until(), a.now + days * day_ms);
    EXPECT_EQ(receipt_of(v).kind, kind_of<trade_settled>());
    a.now = a.who.breaker().until();
  }
  EXPECT_EQ(told(a.result("1")), "breaker_half_opened trade_settled breaker_closed");
  EXPECT_EQ(a.who.breaker().level(), 0u) << "a win forgives";
}

TEST(account_breaker, a_draw_gives_the_place_free) {
  auto a = half_open_soon();
  a.tick();
  auto c = a.trade("probe", "0");
  c.trade.status = trade_status::open;
  c.reference = "trade:probe:open";
  a.say(c);
  EXPECT_EQ(told(a.say(a.trade("probe", "0"))), "trade_settled");
  EXPECT_EQ(a.who.may_trade(a.now).why, refusal::none);
}

TEST(account_breaker, a_late_report_of_an_old_opening_does_not_take_the_place) {
  auto a = half_open_soon();
  EXPECT_EQ(told(a.say(a.trade("old", "5", a.now - hour_ms))), "breaker_half_opened trade_settled");
  auto late = a.trade("old", "0", a.now - 2 * hour_ms); // it was opened before, and is over
  late.trade.status = trade_status::open;
  late.reference = "trade:old:open";
  EXPECT_EQ(told(a.say(late)), "trade_opened");
  EXPECT_EQ(a.who.may_trade(a.now).why, refusal::none) << "the place is free";
  EXPECT_EQ(told(a.result("1")), "trade_settled breaker_closed");
}

TEST(account_breaker, trades_that_end_while_it_is_open_are_booked_and_decide_nothing) {
  auto a = told_account{}.opened();
  a.result("-20");
  const auto until = a.who.breaker().until();
  EXPECT_EQ(told(a.result("-100")), "trade_settled");
  EXPECT_EQ(told(a.result("900")), "trade_settled");
  EXPECT_EQ(a.who.breaker().until(), until);
  EXPECT_EQ(a.balance(), "1780.00");
}

TEST(account_breaker, a_critical_error_has_no_cool_down_and_reads_paused) {
  auto a = told_account{}.opened();
  EXPECT_EQ(told(a.critical()), "error_reported breaker_opened");
  EXPECT_EQ(a.who.status(), account_status::paused);
  EXPECT_EQ(told(a.critical()), "error_reported") << "once is enough";
  a.now += 400 * day_ms;
  EXPECT_EQ(told(a.tick()), "");
  EXPECT_EQ(a.say(resume_account{}).why, refusal::breaker_is_open);
  EXPECT_EQ(a.put("1").why, refusal::account_is_paused);
  EXPECT_EQ(told(a.reset()), "breaker_reset");
  EXPECT_EQ(a.who.status(), account_status::active);
  report_error small;
  small.error_type = "minor";
  EXPECT_EQ(told(a.say(small)), "error_reported");
}

TEST(account_breaker, a_critical_error_outlasts_a_cool_down) {
  auto a = half_open_soon();
  EXPECT_EQ(told(a.critical()), "error_reported breaker_opened");
  EXPECT_EQ(told(a.tick()), "");
  EXPECT_EQ(told(a.result("1")), "trade_settled");
}

TEST(account_breaker, neither_pause_nor_breaker_undoes_the_other) {
  auto a = half_open_soon();
  a.say(pause_account{});
  a.tick();
  EXPECT_EQ(told(a.result("1")), "trade_settled breaker_closed");
  EXPECT_EQ(a.who.status(), account_status::paused);
  a.critical();
  EXPECT_EQ(told(a.say(resume_account{})), "account_resumed");
  EXPECT_EQ(a.who.status(), account_status::paused) << "by the critical error";
  a.say(pause_account{});
  a.reset();
  EXPECT_EQ(a.who.status(), account_status::paused) << "by hand";
  EXPECT_EQ(a.who.may_trade(a.now).why, refusal::account_is_paused);
  a.say(resume_account{});
  EXPECT_EQ(a.who.status(), account_status::active);
}

TEST(account_breaker, a_reset_counts_anew) {
  auto a = told_account{}.opened();
  a.result("-150"); // 15 % below the mark
  a.reset();
  EXPECT_EQ(told(a.result("-16.99")), "trade_settled") << "base and mark are 850 now";
  EXPECT_EQ(told(a.result("-0.01")), "trade_settled breaker_opened");
  EXPECT_EQ(to_string(a.who.high_water_mark()), "1000.00") << "fees still count from there";
}

TEST(account_permission, is_a_share_of_equity_by_product) {
  for (auto& [what, size] :
       {std::pair{product::atlas, "10.00"}, {product::orion, "20.00"}, {product::nova, "50.00"}}) {
    const auto a = told_account{}.opened(what);
    EXPECT_EQ(to_string(a.who.may_trade(a.now).max_position), size);
    EXPECT_FALSE(a.who.may_trade(a.now).reduced);
  }
  EXPECT_EQ(told_account{}.who.may_trade(0).why, refusal::account_unknown);
  EXPECT_EQ(told_account{}.opened(product::none).who.may_trade(0).why, refusal::wrong_kind);
  EXPECT_EQ(told_account{}.opened(product::atlas, "0").who.may_trade(0).why, refusal::not_enough);
}
