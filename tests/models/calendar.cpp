#include "models/market/calendar.hpp"
#include "tests/models/market_data.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

using namespace troupe;

namespace {

utc_ms at(const std::string& text) {
  utc_ms t = -1;
  EXPECT_TRUE(parse_iso8601(text, t)) << text;
  return t;
}

const calendar fx{trading_hours::fx};

} // namespace

TEST(calendar, a_name_tells_the_hours) {
  for (auto s : {"EURUSD", "USDJPY", "GBPCHF", "AUDNZD", "USDSEK"})
    EXPECT_EQ(calendar_for(s).hours(), trading_hours::fx) << s;
  for (auto s : {"XAUUSD", "XAGUSD", "XAUEUR"})
    EXPECT_EQ(calendar_for(s).hours(), trading_hours::metals) << s;
  for (auto s : {"BTCUSDT", "BTCUSD", "ETHEUR", "EURUSDT", "USDXAU", "EURXAU", "", "EUR"})
    EXPECT_EQ(calendar_for(s).hours(), trading_hours::always) << s;
}

TEST(calendar, fx_follows_new_york_through_both_changes_of_the_clock) {
  struct row {
    const char* slot;
    bool open;
  };
  const row rows[] = {
      {"2024-03-08T21:55", true},  {"2024-03-08T22:00", false}, // last Friday of winter time
      {"2024-03-10T20:55", false}, {"2024-03-10T21:00", true},  // that Sunday the clock has changed
      {"2024-03-15T20:55", true},  {"2024-03-15T21:00", false},
      {"2024-11-01T20:55", true},  {"2024-11-01T21:00", false}, // last Friday of summer time
      {"2024-11-03T21:55", false}, {"2024-11-03T22:00", true},
      {"2026-03-07T12:00", false}, {"2026-07-01T12:00", true},
      {"2005-03-18T21:55", true},  {"2005-03-18T22:00", false}, // the rules before 2007
      {"2005-04-08T20:55", true},  {"2005-04-08T21:00", false},
      {"2005-10-28T20:55", true},  {"2005-10-28T21:00", false},
      {"2005-11-04T21:55", true},  {"2005-11-04T22:00", false},
      {"2019-12-24T21:55", true},  {"2019-12-24T22:00", false}, // Christmas as a trading day
      {"2019-12-25T21:55", false}, {"2019-12-25T22:00", true},
      {"2019-12-31T21:55", true},  {"2020-01-01T12:00", false},
      {"2020-01-01T22:00", true}};
  for (const auto& r : rows) EXPECT_EQ(fx.open(at(r.slot)), r.open) << r.slot;
}

TEST(calendar, metals_rest_an_hour_a_day) {
  const calendar metals{trading_hours::metals};
  EXPECT_TRUE(metals.open(at("2024-07-02T20:55")));
  EXPECT_FALSE(metals.open(at("2024-07-02T21:00")));
  EXPECT_FALSE(metals.open(at("2024-07-02T21:55")));
  EXPECT_TRUE(metals.open(at("2024-07-02T22:00")));
  EXPECT_FALSE(metals.open(at("2024-07-07T21:30"))); // Sunday: opens an hour after fx
  EXPECT_TRUE(metals.scheduled_closure(at("2024-07-02T20:55"), at("2024-07-02T22:00")));
  EXPECT_TRUE(metals.scheduled_closure(at("2024-07-05T20:55"), at("2024-07-07T22:00")));
}

TEST(calendar, only_a_closure_explains_missing_candles) {
  struct row {
    const char *after, *next;
    bool scheduled;
  };
  const row rows[] = {{"2024-07-03T10:00", "2024-07-03T10:05", true},  // nothing is missing
                      {"2024-07-03T10:00", "2024-07-03T10:10", false}, // one slot on a Wednesday
                      {"2024-07-05T20:55", "2024-07-07T21:00", true},  // the week-end
                      {"2024-07-05T20:40", "2024-07-07T21:15", true},  // three slots at either edge
                      {"2024-07-05T20:35", "2024-07-07T21:00", false}, // four
                      {"2024-07-05T20:55", "2024-07-07T21:20", false},
                      {"2024-07-05T20:55", "2024-07-14T21:00", false}, // a week-end and a lost week
                      {"2024-07-06T10:00", "2024-07-06T10:30", true},  // inside the week-end
                      {"2024-07-03T20:55", "2024-07-03T21:15", true},  // the daily break
                      {"2024-07-03T20:50", "2024-07-03T21:15", false}, // 20 minutes
                      {"2024-07-03T21:10", "2024-07-03T21:20", false}, // after it
                      {"2020-12-24T21:55", "2020-12-27T22:00", true},  // Christmas on a Friday
                      {"2017-12-22T21:55", "2017-12-25T22:00", true}}; // and on a Monday
  for (const auto& r : rows)
    EXPECT_EQ(fx.scheduled_closure(at(r.after), at(r.next)), r.scheduled)
        << r.after << ' ' << r.next;
}

TEST(calendar, a_market_that_trades_always_has_no_closure) {
  const calendar always{trading_hours::always};
  EXPECT_TRUE(always.open(at("2024-07-06T10:00")));
  EXPECT_TRUE(always.scheduled_closure(0, base_interval_ms));
  EXPECT_FALSE(always.scheduled_closure(at("2024-07-05T20:55"), at("2024-07-07T21:00")));
}

TEST(calendar, a_year_of_eurusd_leaves_three_small_gaps_unexplained) {
  const char* file = "EURUSD-5m-2019_2020.csv.gz";
  TROUPE_NEEDS_DATA(file);
  const auto candles = tests::read_candles(file);
  int scheduled = 0, others = 0;
  utc_ms longest = 0;
  for (std::size_t i = 1; i < candles.size(); ++i) {
    const utc_ms missing = candles[i].open_time - candles[i - 1].open_time - base_interval_ms;
    if (missing == 0) continue;
    if (fx.scheduled_closure(candles[i - 1].open_time, candles[i].open_time)) {
      ++scheduled;
    } else {
      ++others;
      longest = std::max(longest, missing);
    }
  }
  std::printf("  EURUSD 2019-10..2020-10: %d gaps scheduled, %d others, longest %lld minutes\n",
              scheduled, others, static_cast<long long>(longest / minute_ms));
  EXPECT_EQ(scheduled, 58);
  EXPECT_EQ(others, 3);
  EXPECT_LE(longest, 10 * minute_ms);
}
