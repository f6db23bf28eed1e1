#include "models/simulated_tape.hpp"

#include <gtest/gtest.h>

using namespace troupe;

namespace {

constexpr utc_ms origin = 1704067200000;
constexpr utc_ms slot(utc_ms n) { return origin + n * base_interval_ms; }

simulated_market market(simulated_market_options o = {}) {
  return {9, "BTCUSDT", origin, 0, std::move(o)};
}

std::vector<candle> straight(std::size_t n) {
  auto m = market();
  std::vector<candle> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(m.next());
  return out;
}

} // namespace

TEST(simulated_tape, any_stretch_in_any_order_is_what_the_market_makes) {
  const auto all = straight(20000);
  simulated_tape tape{market()};
  for (long from : {0, 15000, 100, 4095, 4096, 4097, 19000, 12287, 12288, 0, 8000, 8010})
    EXPECT_EQ(tape.oldest(slot(from), slot(20000), 10),
              std::vector<candle>(all.begin() + from, all.begin() + from + 10))
        << from;
}

TEST(simulated_tape, the_newest_are_the_last_before_the_end) {
  const auto all = straight(5000);
  simulated_tape tape{market()};
  EXPECT_EQ(tape.newest(0, slot(5000), 7), std::vector<candle>(all.end() - 7, all.end()));
  EXPECT_EQ(tape.newest(slot(4998), slot(5000), 7), std::vector<candle>(all.end() - 2, all.end()));
  EXPECT_EQ(tape.newest(0, slot(3), 1000000), std::vector<candle>(all.begin(), all.begin() + 3));
  EXPECT_EQ(tape.newest(slot(1) + 1, slot(3), 9), std::vector<candle>(1, all[2]));
}

TEST(simulated_tape, empty_stretches_are_empty) {
  simulated_tape tape{market()};
  EXPECT_TRUE(tape.newest(slot(5), slot(5), 9).empty());
  EXPECT_TRUE(tape.newest(slot(9), slot(5), 9).empty());
  EXPECT_TRUE(tape.newest(0, slot(5), 0).empty());
  EXPECT_TRUE(tape.oldest(slot(5), slot(5), 9).empty());
  EXPECT_TRUE(tape.newest(0, origin, 9).empty());
}

TEST(simulated_tape, closures_do_not_shorten_what_is_asked_for) {
  simulated_market_options o;
  o.closed = [](utc_ms t) { return (t / day_ms) % 7 < 2; };
  simulated_tape tape{market(o)};
  EXPECT_EQ(tape.newest(0, slot(288 * 30), 3000).size(), 3000u);
  auto m = market(o);
  utc_ms last = 0;
  for (int i = 0; i < 1000; ++i) last = m.next().open_time;
  EXPECT_EQ(tape.open_time_of(0, 1000), last);
}

TEST(simulated_tape, stays_right_when_its_marks_are_thinned) {
  // 4096 * 1024 candles are where the first thinning is.
  simulated_tape tape{market()};
  const auto late = tape.oldest(slot(4096 * 1030), slot(4096 * 1031), 3);
  tape.oldest(slot(10), slot(20), 3);
  EXPECT_EQ(tape.oldest(slot(4096 * 1030), slot(4096 * 1031), 3), late);
  const auto all = straight(5003);
  EXPECT_EQ(tape.oldest(slot(5000), slot(5003), 3), std::vector<candle>(all.end() - 3, all.end()));
}
