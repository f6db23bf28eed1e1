#include "models/market/sync_plan.hpp"

#include <gtest/gtest.h>

using namespace troupe;

namespace {

constexpr utc_ms origin = 1720000200000; // Wednesday, 2024-07-03 09:50 UTC
constexpr utc_ms at(std::int64_t n) { return origin + n * base_interval_ms; }
const calendar always{trading_hours::always}, fx{trading_hours::fx};

std::vector<candle> have(std::initializer_list<int> slots) {
  std::vector<candle> out;
  for (int n : slots) out.push_back({at(n), 1, 1, 1, 1, 1});
  return out;
}

using ranges = std::vector<slot_range>;

} // namespace

TEST(sync_plan, runs_without_a_candle_are_named) {
  EXPECT_EQ(missing_slots(have({0, 1, 4, 5, 7}), {at(0), at(9)}, always, 100),
            (ranges{{at(2), at(4)}, {at(6), at(7)}, {at(8), at(9)}}));
  EXPECT_TRUE(missing_slots(have({0, 1, 2}), {at(0), at(3)}, always, 100).empty());
  EXPECT_TRUE(missing_slots({}, {at(3), at(3)}, always, 100).empty());
}

TEST(sync_plan, a_long_run_is_cut) {
  EXPECT_EQ(missing_slots({}, {at(0), at(5)}, always, 2),
            (ranges{{at(0), at(2)}, {at(2), at(4)}, {at(4), at(5)}}));
}

TEST(sync_plan, closures_are_neither_missing_nor_counted) {
  constexpr utc_ms friday = 1720212900000; // 2024-07-05 20:55 UTC, the last slot of the week
  const slot_range week_end{friday, friday + 48 * hour_ms + 2 * base_interval_ms};
  EXPECT_EQ(open_slots(week_end, fx), 2);
  EXPECT_EQ(open_slots(week_end, always), 48 * 12 + 2);
  EXPECT_EQ(missing_slots({}, week_end, fx, 1'000'000), (ranges{week_end}));
  EXPECT_TRUE(missing_slots({{friday, 1, 1, 1, 1, 1},
                             {friday + 48 * hour_ms + base_interval_ms, 1, 1, 1, 1, 1}},
                            week_end, fx, 100)
                  .empty());
}
