#include "models/market/kline_sorter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace troupe;

namespace {

candle at(int slot, double close = 1) {
  return {1704067200000 + slot * base_interval_ms, close, close, close, close, 1};
}

struct sorted {
  std::vector<int> slots;
  import_report report;
};

sorted sort(const std::vector<candle>& rows, std::size_t window = 64) {
  sorted out;
  kline_sorter sorter{[&](const candle& c) {
                        out.slots.push_back(
                            static_cast<int>((c.open_time - at(0).open_time) / base_interval_ms));
                      },
                      window};
  std::uint64_t line = 0;
  for (const auto& row : rows) sorter.push(++line, row);
  sorter.finish();
  out.report = sorter.report();
  return out;
}

} // namespace

TEST(kline_sorter, what_is_in_order_passes_as_it_came) {
  const auto s = sort({at(0), at(1), at(2)});
  EXPECT_EQ(s.slots, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(s.report.rows, 3u);
  EXPECT_EQ(s.report.candles, 3u);
  EXPECT_EQ(s.report.gaps + s.report.disordered + s.report.bad_rows, 0u);
  EXPECT_EQ(s.report.first, at(0).open_time);
  EXPECT_EQ(s.report.last, at(2).open_time);
}

TEST(kline_sorter, disorder_within_the_window_is_mended) {
  const auto s = sort({at(1), at(0), at(3), at(2)});
  EXPECT_EQ(s.slots, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(s.report.disordered, 2u);
}

TEST(kline_sorter, a_window_of_any_size_mends_a_shuffle_of_that_size) {
  std::mt19937 random{1};
  std::vector<candle> rows;
  for (int i = 0; i < 600; ++i) rows.push_back(at(i));
  for (std::size_t i = 0; i < rows.size(); i += 60)
    std::shuffle(rows.begin() + static_cast<long>(i), rows.begin() + static_cast<long>(i) + 60,
                 random);
  const auto s = sort(rows, 60);
  EXPECT_TRUE(std::is_sorted(s.slots.begin(), s.slots.end()));
  EXPECT_EQ(s.report.candles, 600u);
  EXPECT_EQ(s.report.missing, 0u);
}

TEST(kline_sorter, what_comes_later_than_the_window_is_a_bad_row) {
  const auto s = sort({at(1), at(2), at(3), at(4), at(0)}, 2);
  EXPECT_EQ(s.slots, (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(s.report.rows, 5u);
  ASSERT_EQ(s.report.bad_rows, 1u);
  EXPECT_EQ(s.report.first_bad_rows[0].line, 5u);
  EXPECT_NE(s.report.first_bad_rows[0].reason.find("more than 2 rows"), std::string::npos);
}

TEST(kline_sorter, of_two_with_the_same_time_the_first_wins) {
  std::vector<double> closes;
  kline_sorter sorter{[&](const candle& c) { closes.push_back(c.close); }, 1};
  sorter.push(1, at(0, 5));
  sorter.push(2, at(0, 5)); // still held
  sorter.push(3, at(1, 6)); // hands 0 on
  sorter.push(4, at(0, 7)); // known although handed on
  sorter.finish();
  EXPECT_EQ(closes, (std::vector<double>{5, 6}));
  EXPECT_EQ(sorter.report().identical_duplicates, 1u);
  EXPECT_EQ(sorter.report().conflicting_duplicates, 1u);
  EXPECT_EQ(sorter.report().bad_rows + sorter.report().disordered, 0u);
}

TEST(kline_sorter, gaps_and_the_slots_in_them_are_counted) {
  const auto s = sort({at(0), at(4), at(5), at(7)});
  EXPECT_EQ(s.report.gaps, 2u);
  EXPECT_EQ(s.report.missing, 4u);
}

TEST(kline_sorter, rows_without_volume_are_counted) {
  auto still = at(1);
  still.volume = 0;
  EXPECT_EQ(sort({at(0), still}).report.zero_volume, 1u);
}

TEST(kline_sorter, only_the_first_bad_rows_are_kept_but_all_are_counted) {
  kline_sorter sorter{[](const candle&) {}};
  for (std::uint64_t line = 1; line <= 100; ++line) sorter.reject(line, "why", "a.csv");
  EXPECT_EQ(sorter.report().bad_rows, 100u);
  ASSERT_EQ(sorter.report().first_bad_rows.size(), kept_bad_rows);
  EXPECT_EQ(sorter.report().first_bad_rows.back().line, 20u);
  EXPECT_EQ(sorter.report().first_bad_rows.back().member, "a.csv");
}
