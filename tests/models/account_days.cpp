// Daily performances against our own balances: never a second authority, in whatever order they
// and the trades of their day arrive.
#include "models/performance.hpp"
#include "tests/models/account_fixture.hpp"

#include <algorithm>
#include <functional>

using namespace troupe;
using namespace troupe::testing_accounts;

namespace {

constexpr utc_ms evening = monday + 20 * hour_ms;
constexpr utc_ms tuesday_noon = monday + day_ms + 12 * hour_ms;

told_account on_tuesday() {
  auto a = told_account{}.opened();
  a.now = tuesday_noon;
  return a;
}

} // namespace

TEST(daily_performance, sets_the_day_s_end_and_lets_later_trades_stay) {
  auto a = told_account{}.opened();
  a.result("50");
  a.now = tuesday_noon;
  a.result("7");
  const auto v = a.performance(monday_number, "1047.5");
  ASSERT_EQ(told(v), "performance_recorded");
  EXPECT_EQ(to_string(v.events[0].moved.amount), "-2.50");
  EXPECT_EQ(v.events[0].moved.contra, house_account::market);
  EXPECT_EQ(a.balance(), "1054.50");
  EXPECT_EQ(told(a.performance(monday_number, "1047.5")), "repeat of 4");
  EXPECT_EQ(a.performance(monday_number, "1048").why, refusal::reference_conflict);
  EXPECT_EQ(to_string(a.performance(monday_number + 1, "1054.5").events[0].moved.amount), "0.00");
}

TEST(daily_performance, counts_a_late_trade_towards_its_own_day) {
  auto a = on_tuesday();
  a.result("50", evening);
  EXPECT_EQ(to_string(a.performance(monday_number, "1050").events[0].moved.amount), "0.00");
  EXPECT_EQ(a.balance(), "1050.00");
}

TEST(daily_performance, absorbs_a_trade_of_its_day_that_comes_after_it) {
  auto a = on_tuesday();
  EXPECT_EQ(to_string(a.performance(monday_number, "1050").events[0].moved.amount), "50.00");
  const auto v = a.result("50", evening);
  ASSERT_EQ(told(v), "trade_settled");
  EXPECT_TRUE(std::get<trade_settled>(v.events[0].what).absorbed);
  EXPECT_TRUE(v.events[0].moved.amount.is_zero());
  EXPECT_EQ(a.balance(), "1050.00");
  a.result("1");
  EXPECT_EQ(a.balance(), "1051.00") << "a trade of today is not of that day";
}

TEST(daily_performance, of_a_day_that_still_runs_settles_none_of_its_later_trades) {
  auto a = told_account{}.opened();
  a.performance(monday_number, "1010");
  a.result("5");
  EXPECT_EQ(a.balance(), "1015.00");
}

TEST(daily_performance, trades_and_days_in_any_order_lead_to_one_balance) {
  // Monday +50, Tuesday +10; the engine also earned 2 of its own on Monday and 3 on Tuesday.
  std::vector<std::function<void(told_account&)>> steps{
      [](auto& a) { a.say(a.trade("m", "50", evening)); },
      [](auto& a) { a.say(a.trade("t", "10", evening + day_ms)); },
      [](auto& a) { a.performance(monday_number, "1052"); },
      [](auto& a) { a.performance(monday_number + 1, "1065"); },
      [](auto& a) { a.say(a.trade("w", "-4", evening + 2 * day_ms)); },
      [](auto& a) { a.say(a.trade("m", "50", evening)); }};
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  do {
    auto a = told_account{}.opened();
    a.now = monday + 2 * day_ms + 21 * hour_ms;
    for (auto i : order) steps[i](a);
    ASSERT_EQ(a.balance(), "1061.00");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(daily_performance, reaches_back_over_the_last_sixteen_days_with_movements) {
  auto a = told_account{}.opened();
  for (int i = 0; i < 20; ++i, a.now += day_ms) a.result("1");
  EXPECT_EQ(a.performance(monday_number + 3, "1").why, refusal::day_out_of_reach);
  EXPECT_EQ(told(a.performance(monday_number + 4, "1005")), "performance_recorded");
  EXPECT_EQ(a.balance(), "1020.00");
}

TEST(daily_performance, that_would_take_more_than_there_is_is_refused) {
  auto a = told_account{}.opened();
  a.now = tuesday_noon;
  a.take("900");
  EXPECT_EQ(a.performance(monday_number, "800").why, refusal::not_enough);
  EXPECT_EQ(told(a.performance(monday_number, "950")), "performance_recorded breaker_opened");
  EXPECT_EQ(a.balance(), "50.00");
}

TEST(daily_performance, has_counts_that_add_up) {
  auto a = told_account{}.opened();
  record_daily_performance c;
  c.row.day = monday_number;
  c.row.winning_trades = c.row.losing_trades = 4294967295u;
  c.row.trades_executed = 1;
  EXPECT_EQ(a.say(c).why, refusal::field_invalid);
}

TEST(daily_book, has_a_row_for_every_day_and_counts_results_only) {
  auto a = told_account{}.opened();
  a.put("500");
  a.result("30");
  a.result("-10");
  a.now += 2 * day_ms;
  a.result("-5");
  daily_book book;
  std::vector<daily_performance> rows;
  for (auto& e : a.events) book.add(e, rows);
  book.begin(monday_number + 4, rows);
  ASSERT_EQ(rows.size(), 4u);
  const std::tuple<const char*, const char*, const char*, std::uint32_t> want[] = {
      {"0.00", "1520.00", "20.00", 2},
      {"1520.00", "1520.00", "0.00", 0},
      {"1520.00", "1515.00", "-5.00", 1},
      {"1515.00", "1515.00", "0.00", 0}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& [opening, closing, earned, trades] = want[i];
    EXPECT_EQ(rows[i].day, monday_number + static_cast<std::int64_t>(i));
    EXPECT_EQ(to_string(rows[i].opening_balance), opening) << i;
    EXPECT_EQ(to_string(rows[i].closing_balance), closing) << i;
    EXPECT_EQ(to_string(rows[i].daily_return), earned) << i;
    EXPECT_EQ(rows[i].trades_executed, trades) << i;
  }
  EXPECT_EQ(rows[0].winning_trades, 1u);
  EXPECT_EQ(rows[0].losing_trades, 1u);
  EXPECT_EQ(to_string(*return_percentage(rows[2])), "-0.32894737");
  EXPECT_FALSE(return_percentage(rows[0]));
}
