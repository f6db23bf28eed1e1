#include "models/backtest/trade.hpp"

#include "tests/models/backtest/made_up.hpp"

#include <gtest/gtest.h>

namespace troupe {

using namespace tests;

namespace {

constexpr trade_plan bought{true, 100, 99, 102, 2}, sold{false, 100, 101, 98, 2};

backtest_trade made(const trade_plan& plan, const std::vector<candle_row>& after, double bp = 0) {
  auto rows = after;
  rows.insert(rows.begin(), {100, 100, 100, 100}); // the close of the decision
  const auto candles = candles_of(rows);
  const auto trade = run_trade(plan, bp, candles.data(), 0, candles.size());
  EXPECT_TRUE(trade);
  return trade.value_or(backtest_trade{});
}

bool entered(const trade_plan& plan, double open) {
  const auto candles = candles_of({{100, 100, 100, 100}, {open, open, open, open}});
  return run_trade(plan, 0, candles.data(), 0, 2).has_value();
}

} // namespace

TEST(backtest_trade, it_is_entered_at_the_next_open_and_ends_at_a_barrier) {
  struct line {
    const char* what;
    trade_plan plan;
    std::vector<candle_row> after;
    trade_end end;
    double exit, gross_r;
    std::uint32_t candles;
  };
  const line lines[] = {
      {"the target",
       bought,
       {{100, 101, 99.5, 101}, {101, 102, 100, 101}},
       trade_end::tp,
       102,
       2,
       2},
      {"the stop", bought, {{100, 101, 99, 100}}, trade_end::sl, 99, -1, 1},
      {"entered higher, both are worth less",
       bought,
       {{100.5, 102, 100, 102}},
       trade_end::tp,
       102,
       1.5,
       1},
      {"entered higher, the stop costs more",
       bought,
       {{100.5, 101, 98, 100}},
       trade_end::sl,
       99,
       -1.5,
       1},
      {"both in one candle are the stop", bought, {{100, 103, 98, 102}}, trade_end::sl, 99, -1, 1},
      {"the stop is jumped over: the open",
       bought,
       {{100, 100, 100, 100}, {97, 97, 96, 96}},
       trade_end::sl,
       97,
       -3,
       2},
      {"the target is jumped over: the target",
       bought,
       {{100, 100, 100, 100}, {105, 106, 104, 105}},
       trade_end::tp,
       102,
       2,
       2},
      {"short: the target", sold, {{100, 100, 98, 99}}, trade_end::tp, 98, 2, 1},
      {"short: the stop", sold, {{100, 101, 100, 100}}, trade_end::sl, 101, -1, 1},
      {"short: both in one candle", sold, {{100, 101, 98, 98}}, trade_end::sl, 101, -1, 1},
      {"short: the stop is jumped over",
       sold,
       {{100, 100, 100, 100}, {104, 104, 103, 103}},
       trade_end::sl,
       104,
       -4,
       2},
      {"the data ends", bought, {{100, 101, 99.5, 100.5}}, trade_end::cut, 100.5, .5, 1},
  };
  for (const auto& l : lines) {
    const auto t = made(l.plan, l.after);
    EXPECT_EQ(to_string(t.end), to_string(l.end)) << l.what;
    EXPECT_DOUBLE_EQ(t.exit, l.exit) << l.what;
    EXPECT_DOUBLE_EQ(t.gross_r, l.gross_r) << l.what;
    EXPECT_EQ(t.candles, l.candles) << l.what;
    EXPECT_EQ(t.entered - t.decided, base_interval_ms) << l.what;
    EXPECT_EQ(t.ended - t.decided, static_cast<utc_ms>(l.candles) * base_interval_ms) << l.what;
  }
}

TEST(backtest_trade, an_open_at_or_beyond_a_barrier_is_not_entered) {
  for (const double open : {99.0, 98.0, 102.0, 103.0}) EXPECT_FALSE(entered(bought, open)) << open;
  for (const double open : {101.0, 102.0, 98.0, 97.0}) EXPECT_FALSE(entered(sold, open)) << open;
  for (const double open : {99.5, 101.5}) EXPECT_TRUE(entered(bought, open)) << open;
  for (const double open : {98.5, 100.5}) EXPECT_TRUE(entered(sold, open)) << open;
}

TEST(backtest_trade, after_288_candles_it_is_closed_at_the_close) {
  std::vector<candle_row> after(300, {100, 100.5, 99.5, 100});
  after[287].close = 100.25;
  const auto t = made(bought, after);
  EXPECT_EQ(t.end, trade_end::timeout);
  EXPECT_EQ(t.candles, 288u);
  EXPECT_DOUBLE_EQ(t.gross_r, .25);
  after.resize(287);
  EXPECT_EQ(made(bought, after).end, trade_end::cut);
}

TEST(backtest_trade, costs_are_of_the_price_entered_in_stop_distances) {
  const auto t = made(bought, {{101, 102, 100, 102}}, 10);
  EXPECT_DOUBLE_EQ(t.cost_r, 10e-4 * 101 / 1);
  EXPECT_DOUBLE_EQ(t.net_r(), 1 - .101);
}

} // namespace troupe
