#include "models/market/candle_gate.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

using namespace troupe;

namespace {

constexpr utc_ms wednesday = 1720000200000; // 2024-07-03 09:50 UTC

candle slot(int n, double close = 100) {
  return {wednesday + n * base_interval_ms, close, close + 1, close - 1, close, 5};
}

candle_gate gate_after(const candle& last, trading_hours hours = trading_hours::always) {
  candle_gate g{calendar{hours}};
  g.fold(last);
  return g;
}

} // namespace

TEST(candle_gate, the_first_candle_and_the_next_slot_are_applied) {
  candle_gate g{calendar{trading_hours::always}};
  EXPECT_EQ(g.judge(slot(0)).what, admission::apply);
  g.fold(slot(0));
  EXPECT_EQ(g.judge(slot(1)).what, admission::apply);
}

TEST(candle_gate, a_repeated_candle_is_applied_once) {
  const auto g = gate_after(slot(3));
  EXPECT_EQ(g.judge(slot(3)).what, admission::duplicate);
  EXPECT_EQ(*g.last(), slot(3));
}

TEST(candle_gate, the_first_of_two_candles_with_one_open_time_wins) {
  const auto g = gate_after(slot(3));
  EXPECT_EQ(g.judge(slot(3, 101)).what, admission::conflicting_duplicate);
  EXPECT_EQ(*g.last(), slot(3));
}

TEST(candle_gate, an_older_candle_is_late) {
  EXPECT_EQ(gate_after(slot(3)).judge(slot(2)).what, admission::late);
}

TEST(candle_gate, missing_slots_are_named_as_get_candles_asks_for_them) {
  const auto v = gate_after(slot(3)).judge(slot(7));
  EXPECT_EQ(v.what, admission::gap);
  EXPECT_EQ(v.missing_from, slot(4).open_time);
  EXPECT_EQ(v.missing_to, slot(7).open_time);
  EXPECT_EQ(v.missing, 3);
}

TEST(candle_gate, a_week_end_is_a_gap_for_crypto_only) {
  candle friday = slot(0), sunday = slot(0);
  friday.open_time = 1720212900000; // 2024-07-05 20:55 UTC
  sunday.open_time = 1720386000000; // 2024-07-07 21:00 UTC
  EXPECT_EQ(gate_after(friday, trading_hours::fx).judge(sunday).what, admission::apply);
  EXPECT_EQ(gate_after(friday, trading_hours::always).judge(sunday).what, admission::gap);
}

TEST(candle_gate, a_short_gap_is_filled_flat_and_closes) {
  auto g = gate_after(slot(3, 123));
  const auto flat = g.fill(slot(7));
  ASSERT_EQ(flat.size(), 3u);
  for (std::size_t i = 0; i < flat.size(); ++i) {
    EXPECT_EQ(flat[i], (candle{slot(4 + static_cast<int>(i)).open_time, 123, 123, 123, 123, 0}));
    EXPECT_EQ(g.judge(flat[i]).what, admission::apply);
    g.fold(flat[i]);
  }
  EXPECT_EQ(g.judge(slot(7)).what, admission::apply);
}

TEST(candle_gate, a_longer_gap_is_not_filled) {
  EXPECT_TRUE(gate_after(slot(3)).fill(slot(8)).empty());
  EXPECT_TRUE(gate_after(slot(3)).fill(slot(4)).empty());
  EXPECT_TRUE(gate_after(slot(3)).fill(slot(2)).empty());
}

TEST(candle_gate, what_is_no_candle_is_refused_with_a_reason) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const std::pair<std::string, std::function<void(candle&)>> rows[] = {
      {"open time is not after 1970", [](candle& c) { c.open_time = 0; }},
      {"open time is not after 1970", [](candle& c) { c.open_time = -300000; }},
      {"open time is beyond 2099 (not milliseconds?)", [](candle& c) { c.open_time *= 1000; }},
      {"open time is not a multiple of 5 minutes", [](candle& c) { c.open_time += 60000; }},
      {"a price is not a number above 0", [&](candle& c) { c.open = nan; }},
      {"a price is not a number above 0", [&](candle& c) { c.high = inf; }},
      {"a price is not a number above 0", [](candle& c) { c.low = 0; }},
      {"a price is not a number above 0", [](candle& c) { c.close = -1; }},
      {"low is above high", [](candle& c) { std::swap(c.low, c.high); }},
      {"open lies outside low and high", [](candle& c) { c.open = c.high + 1; }},
      {"close lies outside low and high", [](candle& c) { c.close = c.low - 1; }},
      {"volume is not a number of at least 0", [](candle& c) { c.volume = -1; }},
      {"volume is not a number of at least 0", [&](candle& c) { c.volume = nan; }}};
  const auto g = gate_after(slot(0));
  for (const auto& [reason, spoil] : rows) {
    candle c = slot(1);
    spoil(c);
    const auto v = g.judge(c);
    EXPECT_EQ(v.what, admission::invalid) << reason;
    EXPECT_EQ(v.reason, reason);
  }
}
