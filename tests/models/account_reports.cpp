// Lists made from events: each trade once, each day once, and bounded.
#include "models/account/day_balances.hpp"
#include "models/account/reports.hpp"

#include <gtest/gtest.h>

namespace troupe::test {

namespace {

const utc_ms monday = 1767571200000; // 2026-01-05

class trades_of : public ::testing::Test {
protected:
  account_event event(account_event_body what) {
    account_event e;
    e.version = ++version_;
    e.at = monday;
    e.what = std::move(what);
    return e;
  }
  static trade_report trade(const trade_id& id, trade_status status, utc_ms at = monday) {
    trade_report t;
    t.id = id;
    t.status = status;
    t.executed_at = at;
    return t;
  }
  void opened(trade_list& list, const trade_id& id, utc_ms at = monday) {
    list.add(event(trade_opened{trade(id, trade_status::open, at)}));
  }
  void closed(trade_list& list, const trade_id& id, utc_ms at = monday) {
    list.add(event(trade_settled{trade(id, trade_status::closed, at)}));
  }
  static std::string ids(trade_list& list) {
    std::string out;
    for (auto& t : list.take()) out += t.id + (t.status == trade_status::open ? "? " : ". ");
    return out;
  }

private:
  std::uint64_t version_ = 0;
};

} // namespace

TEST_F(trades_of, an_account_are_closed_ones_first_and_each_is_there_once) {
  trade_list list{{}};
  opened(list, "a");
  opened(list, "b");
  opened(list, "c");
  closed(list, "c");
  closed(list, "late");
  opened(list, "late");
  closed(list, "a");
  EXPECT_EQ(ids(list), "c. late. a. b? ");
}

TEST_F(trades_of, a_page_count_only_what_the_page_wants) {
  report_page page;
  page.from = monday;
  page.to = monday + day_ms - 1;
  page.limit = 2;
  page.offset = 1;
  trade_list list{page};
  closed(list, "before", monday - 1);
  closed(list, "1");
  closed(list, "after", monday + day_ms);
  closed(list, "2");
  opened(list, "3");
  opened(list, "4");
  EXPECT_EQ(ids(list), "2. 3? ");
}

TEST_F(trades_of, an_account_with_too_many_open_are_the_newest) {
  report_page page;
  page.limit = 2 * trade_list::max_open;
  trade_list list{page};
  for (std::size_t i = 0; i <= trade_list::max_open; ++i) opened(list, std::to_string(i));
  const auto shown = list.take();
  ASSERT_EQ(shown.size(), trade_list::max_open);
  EXPECT_EQ(shown.front().id, "1");
}

TEST(days_of, an_account_end_before_today_unless_the_engine_reported_them) {
  const auto first = day_of(monday);
  const auto at = [](std::int64_t day, account_event_body what, int balance) {
    account_event e;
    e.at = day * day_ms + hour_ms;
    e.what = std::move(what);
    e.moved = {house_account::engine, {}, money::whole(balance)};
    return e;
  };
  const auto days = [&](report_page page, std::int64_t today) {
    day_list list{page};
    list.add(at(first, account_opened{}, 100));
    daily_performance row;
    row.day = first + 2;
    row.closing_balance = money::whole(7);
    list.add(at(first + 2, performance_recorded{row}, 90));
    std::string out;
    for (auto& d : list.take(today))
      out += std::to_string(d.day - first) + '=' + to_string(d.closing_balance) + ' ';
    return out;
  };
  EXPECT_EQ(days({}, first + 2), "0=100.00 1=100.00 2=7.00 ");
  EXPECT_EQ(days({}, first + 4), "0=100.00 1=100.00 2=7.00 3=90.00 ");
  report_page page;
  page.from = (first + 1) * day_ms;
  page.to = (first + 1) * day_ms;
  EXPECT_EQ(days(page, first + 4), "1=100.00 ");
  page.to = monday + 9 * day_ms;
  page.limit = 1;
  page.offset = 1;
  EXPECT_EQ(days(page, first + 4), "2=7.00 ");
}

} // namespace troupe::test
