#include "models/market/live_series.hpp"

#include "models/market/minute_fold.hpp"
#include "models/market/provider_clock.hpp"

#include <gtest/gtest.h>

#include <limits>

using namespace troupe;

namespace {

constexpr utc_ms origin = 1720000200000; // Wednesday, 2024-07-03 09:50 UTC

constexpr utc_ms at(std::int64_t n) { return origin + n * base_interval_ms; }

candle slot(std::int64_t n, double close = 100) {
  return {at(n), close, close + 1, close - 1, close, 5};
}

std::vector<std::int64_t> due_of(const live_series& s, std::int64_t after = -1,
                                 std::size_t limit = 1000) {
  std::vector<std::int64_t> out;
  for (auto& c : s.due(at(after), limit)) out.push_back((c.open_time - origin) / base_interval_ms);
  return out;
}

using slots = std::vector<std::int64_t>;

struct live_series_rules : testing::Test {
  live_series series{calendar{trading_hours::always}};
  live_series_rules() { series.begin(at(-1)); }
};

} // namespace

TEST_F(live_series_rules, candles_in_order_are_due_at_once_and_each_once) {
  for (int n : {0, 0, 1, 2, 1, 2}) series.take(slot(n));
  EXPECT_EQ(due_of(series), (slots{0, 1, 2}));
  EXPECT_EQ(due_of(series, 0, 1), (slots{1}));
  EXPECT_EQ(series.counted().repeated, 3u);
  EXPECT_EQ(series.missing(at(3)), std::nullopt);
}

TEST_F(live_series_rules, a_candle_behind_a_gap_waits_for_what_is_missing) {
  series.take(slot(0));
  series.take(slot(4));
  EXPECT_EQ(due_of(series), (slots{0}));
  EXPECT_EQ(series.missing(at(5)), (slot_range{at(1), at(4)}));
  for (int n : {3, 1, 2}) series.take(slot(n));
  EXPECT_EQ(due_of(series), (slots{0, 1, 2, 3, 4}));
}

TEST_F(live_series_rules, the_first_of_two_with_one_time_stays) {
  series.take(slot(0, 100));
  series.take(slot(0, 200));
  EXPECT_EQ(series.due(at(-1), 9)[0].close, 100);
}

TEST_F(live_series_rules, what_the_provider_does_not_have_holds_nobody_up) {
  series.take(slot(0));
  series.take(slot(4));
  series.take(slot(2));
  series.settle({at(1), at(4)});
  EXPECT_EQ(due_of(series), (slots{0, 2, 4}));
  EXPECT_EQ(series.counted().absent, 2u);
  EXPECT_EQ(series.missing(at(5)), std::nullopt);
}

TEST_F(live_series_rules, an_answer_about_later_slots_settles_no_earlier_ones) {
  series.settle({at(2), at(4)});
  EXPECT_EQ(series.missing(at(4)), (slot_range{at(0), at(4)}));
}

TEST_F(live_series_rules, slots_of_a_closed_market_are_no_gap) {
  live_series fx{calendar{trading_hours::fx}};
  constexpr utc_ms friday = 1720212900000; // 2024-07-05 20:55 UTC, the last slot of the week
  fx.begin(friday);
  EXPECT_EQ(fx.missing(friday + 6 * hour_ms), std::nullopt);
  EXPECT_EQ(fx.slots_behind(friday + 6 * hour_ms, 9), 0);
  const auto monday = friday + 49 * hour_ms;
  ASSERT_TRUE(fx.missing(monday).has_value());
  EXPECT_EQ(fx.missing(monday)->from, friday + 48 * hour_ms + base_interval_ms);
}

TEST_F(live_series_rules, going_back_asks_again_for_what_is_no_longer_held) {
  for (int n = 0; n < 6; ++n) series.take(slot(n));
  series.forget(at(3));
  EXPECT_EQ(due_of(series), (slots{4, 5}));
  series.begin(at(3)); // still whole
  EXPECT_EQ(due_of(series, 3), (slots{4, 5}));
  series.begin(at(1));
  EXPECT_EQ(series.missing(at(6)), (slot_range{at(2), at(4)}));
  for (int n : {2, 3}) series.take(slot(n));
  EXPECT_EQ(due_of(series, 1), (slots{2, 3, 4, 5}));
}

TEST_F(live_series_rules, what_is_no_candle_is_missing_still) {
  auto bad = slot(0);
  bad.high = std::numeric_limits<double>::quiet_NaN();
  series.take(bad);
  EXPECT_EQ(series.counted().invalid, 1u);
  EXPECT_EQ(series.missing(at(1)), (slot_range{at(0), at(1)}));
}

TEST_F(live_series_rules, no_more_is_held_than_the_limit_but_for_the_one_awaited) {
  for (std::size_t n = 1; n < live_series::max_held_candles + 100; ++n)
    series.take(slot(static_cast<std::int64_t>(n)));
  EXPECT_TRUE(series.full());
  EXPECT_TRUE(due_of(series).empty());
  series.take(slot(0));
  EXPECT_EQ(series.due(at(-1), 1'000'000).size(), live_series::max_held_candles + 1);
  const auto next = at(static_cast<std::int64_t>(live_series::max_held_candles) + 1);
  EXPECT_EQ(series.missing(next + base_interval_ms), (slot_range{next, next + base_interval_ms}));
}

TEST_F(live_series_rules, slots_behind_counts_what_has_closed_since_the_newest) {
  series.take(slot(0));
  EXPECT_EQ(series.slots_behind(at(1), 9), 0);
  EXPECT_EQ(series.slots_behind(at(2) - 1, 9), 0);
  EXPECT_EQ(series.slots_behind(at(2), 9), 1);
  EXPECT_EQ(series.slots_behind(at(100), 9), 9);
}

TEST(provider_clock, time_goes_on_from_the_newest_heard_at_its_speed) {
  provider_clock clock{60};
  EXPECT_FALSE(clock.known());
  EXPECT_EQ(clock.now(5000), 0);
  clock.hear(1'000'000, 5000);
  EXPECT_EQ(clock.now(5000), 1'000'000);
  EXPECT_EQ(clock.now(6000), 1'060'000);
  clock.hear(900'000, 6000); // was long under way
  EXPECT_EQ(clock.now(6000), 1'060'000);
  clock.hear(1'050'000, 6000); // ours was fast
  EXPECT_EQ(clock.now(6000), 1'050'000);
}

TEST(minute_fold, five_minutes_make_a_candle) {
  minute_fold fold;
  std::optional<candle> made;
  for (int m = 0; m < 5; ++m) {
    EXPECT_FALSE(made);
    made = fold.take({origin + m * minute_ms, 10.0 + m, 12.0 + m, 9.0 - m, 11.0 + m, 2});
  }
  ASSERT_TRUE(made);
  EXPECT_EQ(*made, (candle{origin, 10, 16, 5, 15, 10}));
}

TEST(minute_fold, a_hole_makes_none_and_the_next_candle_is_whole_again) {
  minute_fold fold;
  for (int m : {0, 1, 3, 4}) EXPECT_FALSE(fold.take({origin + m * minute_ms, 1, 1, 1, 1, 1}));
  for (int m = 5; m < 9; ++m) EXPECT_FALSE(fold.take({origin + m * minute_ms, 1, 1, 1, 1, 1}));
  EXPECT_FALSE(fold.take({origin + 8 * minute_ms, 1, 1, 1, 1, 1})); // repeated
  EXPECT_TRUE(fold.take({origin + 9 * minute_ms, 1, 1, 1, 1, 1}));
  EXPECT_FALSE(fold.take({origin + 2 * minute_ms, 1, 1, 1, 1, 1})); // of an earlier one
}
