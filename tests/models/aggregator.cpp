#include "models/market/aggregator.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace troupe;

namespace {

constexpr utc_ms midnight = 1719964800000; // 2024-07-03 00:00 UTC

std::vector<candle> walk(utc_ms from, int count, unsigned seed) {
  std::mt19937 random{seed};
  std::uniform_real_distribution<double> step(-1, 1);
  std::vector<candle> out;
  double last = 100;
  for (int i = 0; i < count; ++i) {
    candle c{from + i * base_interval_ms, last, 0, 0, last + step(random), 1 + step(random)};
    c.high = std::max(c.open, c.close) + 0.1;
    c.low = std::min(c.open, c.close) - 0.1;
    last = c.close;
    out.push_back(c);
  }
  return out;
}

} // namespace

TEST(candle_ring, keeps_the_newest_and_forgets_the_oldest) {
  candle_ring ring{3};
  EXPECT_TRUE(ring.newest(5).empty());
  const auto all = walk(midnight, 5, 1);
  for (const auto& c : all) ring.push(c);
  EXPECT_EQ(ring.size(), 3u);
  EXPECT_EQ(ring.at(0), all[4]);
  EXPECT_EQ(ring.at(2), all[2]);
  EXPECT_EQ(ring.newest(2), (std::vector<candle>{all[3], all[4]}));
  EXPECT_EQ(ring.newest(9), (std::vector<candle>{all[2], all[3], all[4]}));
}

TEST(aggregator, agrees_with_grouping_the_whole_history) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const auto base = walk(midnight, 288 * 3 + 7, seed);
    aggregator a;
    for (const auto& c : base) a.push(c);
    for (auto tf : {timeframe::m15, timeframe::h1, timeframe::h4, timeframe::d1}) {
      const auto slots = static_cast<std::size_t>(length_ms(tf) / base_interval_ms);
      const auto got = a.newest(tf, 5000);
      ASSERT_EQ(got.size(), base.size() / slots) << to_string(tf);
      for (std::size_t i = 0; i < got.size(); ++i) {
        candle wanted = base[i * slots];
        for (std::size_t k = 1; k < slots; ++k) {
          const auto& c = base[i * slots + k];
          wanted.high = std::max(wanted.high, c.high);
          wanted.low = std::min(wanted.low, c.low);
          wanted.close = c.close;
          wanted.volume += c.volume;
        }
        EXPECT_EQ(got[i], wanted) << to_string(tf) << " seed " << seed;
      }
    }
  }
}

TEST(aggregator, a_bucket_closes_with_its_last_slot) {
  aggregator a;
  const auto base = walk(midnight, 3, 1);
  a.push(base[0]);
  a.push(base[1]);
  EXPECT_TRUE(a.newest(timeframe::m15, 10).empty());
  a.push(base[2]);
  EXPECT_EQ(a.newest(timeframe::m15, 10).size(), 1u);
}

TEST(aggregator, a_bucket_entered_in_its_middle_is_dropped) {
  aggregator a;
  for (const auto& c : walk(midnight + base_interval_ms, 5, 1)) a.push(c);
  const auto got = a.newest(timeframe::m15, 10);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].open_time, midnight + 3 * base_interval_ms);
}

TEST(aggregator, a_bucket_cut_by_a_closure_closes_when_a_later_one_begins) {
  aggregator a;
  const utc_ms friday = midnight + 2 * day_ms;
  for (const auto& c : walk(friday, 252, 1)) a.push(c); // until 21:00
  EXPECT_EQ(a.newest(timeframe::h4, 10).size(), 5u);
  const auto sunday = walk(friday + 2 * day_ms + 21 * hour_ms, 36, 2); // until midnight
  for (const auto& c : sunday) a.push(c);
  const auto h4 = a.newest(timeframe::h4, 10);
  ASSERT_EQ(h4.size(), 7u); // Friday's last hour, and Sunday's three
  EXPECT_EQ(h4[5].open_time, friday + 20 * hour_ms);
  EXPECT_EQ(h4[6].open_time, friday + 2 * day_ms + 20 * hour_ms);
  EXPECT_EQ(h4[6].open, sunday.front().open);
  EXPECT_EQ(a.newest(timeframe::d1, 10).size(), 2u);
}

TEST(aggregator, a_restart_keeps_what_is_closed_and_drops_what_is_under_way) {
  aggregator a;
  for (const auto& c : walk(midnight, 5, 1)) a.push(c); // one whole bucket, two slots of the next
  a.restart();
  for (const auto& c : walk(midnight + 5 * base_interval_ms, 4, 2)) a.push(c);
  const auto got = a.newest(timeframe::m15, 10);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].open_time, midnight);
  EXPECT_EQ(got[1].open_time, midnight + 6 * base_interval_ms);
}

TEST(aggregator, each_ring_is_bounded_and_base_candles_are_kept_elsewhere) {
  aggregator a{4};
  for (const auto& c : walk(midnight, 300, 1)) a.push(c);
  EXPECT_EQ(a.newest(timeframe::m15, 500).size(), 4u);
  EXPECT_TRUE(a.newest(timeframe::m5, 500).empty());
}
