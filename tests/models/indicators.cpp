#include "models/indicators.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <random>
#include <vector>

using namespace troupe;

namespace {

candle flat(int n, double price, double volume = 0) {
  return {(n + 1) * base_interval_ms, price, price, price, price, volume};
}

// The definitions, said once more without thrift.
double mean_of(const std::deque<double>& xs) {
  double sum = 0;
  for (double x : xs) sum += x;
  return sum / static_cast<double>(xs.size());
}

double deviation_of(const std::deque<double>& xs) {
  const double m = mean_of(xs);
  double sum = 0;
  for (double x : xs) sum += (x - m) * (x - m);
  return std::sqrt(sum / static_cast<double>(xs.size()));
}

template<std::size_t N>
void compare_windows(double level, double step_size) {
  std::mt19937 random{N};
  std::normal_distribution<double> step(0, step_size);
  window_mean<N> mean;
  window_deviation<N> deviation;
  std::deque<double> kept;
  double x = level;
  for (std::size_t i = 0; i < 5 * N + 1000; ++i) {
    x += step(random);
    mean.push(x);
    deviation.push(x);
    kept.push_back(x);
    if (kept.size() > N) kept.pop_front();
    ASSERT_EQ(mean.ready(), kept.size() == N);
    if (!mean.ready()) continue;
    ASSERT_NEAR(mean.value(), mean_of(kept), 1e-12 * level) << "push " << i;
    ASSERT_NEAR(deviation.mean(), mean_of(kept), 1e-12 * level) << "push " << i;
    ASSERT_NEAR(deviation.deviation() / deviation_of(kept), 1, 1e-9) << "push " << i;
  }
}

} // namespace

TEST(indicators, windows_agree_with_their_definition_at_every_push) {
  compare_windows<10>(60000, 30);
  compare_windows<20>(1.1, 1e-4);
  compare_windows<50>(60000, 30);
  compare_windows<288>(1.1, 1e-5);
  compare_windows<2016>(60000, 1);
}

TEST(indicators, a_window_remembers_by_age) {
  window<3> w;
  EXPECT_EQ(w.push(1), 0);
  w.push(2);
  EXPECT_EQ(w.oldest(), 1);
  w.push(3);
  EXPECT_TRUE(w.wrapped());
  EXPECT_EQ(w.push(4), 1);
  EXPECT_EQ(w.at(0), 4);
  EXPECT_EQ(w.at(1), 3);
  EXPECT_EQ(w.oldest(), 2);
}

TEST(indicators, an_exponential_average_starts_from_the_mean_of_its_first_values) {
  ema<3> e;
  for (double x : {1.0, 2.0, 6.0}) {
    EXPECT_FALSE(e.ready());
    e.push(x);
  }
  EXPECT_DOUBLE_EQ(e.value(), 3);
  e.push(7);
  EXPECT_DOUBLE_EQ(e.value(), 5);
}

TEST(indicators, rsi_without_a_loss_is_100_and_without_a_gain_0) {
  rsi<14> rising, falling, still;
  for (int i = 0; i < 15; ++i) {
    EXPECT_FALSE(rising.ready());
    rising.push(100 + i);
    falling.push(100 - i);
    still.push(100);
  }
  EXPECT_EQ(rising.value(), 100);
  EXPECT_EQ(falling.value(), 0);
  EXPECT_EQ(still.value(), 100);
}

TEST(indicators, the_true_range_reaches_back_to_the_last_close) {
  atr<2> a;
  a.push({base_interval_ms, 10, 50, 1, 10, 0}); // has no close before it: its range is not counted
  a.push({2 * base_interval_ms, 12, 13, 12, 13, 0}); // up from 10: 3
  EXPECT_FALSE(a.ready());
  a.push({3 * base_interval_ms, 12, 12, 11, 11, 0}); // down from 13: 2
  EXPECT_DOUBLE_EQ(a.value(), 2.5);
  a.push({4 * base_interval_ms, 11, 12, 8, 9, 0}); // 4
  EXPECT_DOUBLE_EQ(a.value(), 3.25);
}

TEST(indicators, macd_is_whole_with_the_34th_close) {
  macd m;
  for (int i = 0; i < 33; ++i) m.push(100 + i % 7);
  EXPECT_FALSE(m.ready());
  m.push(100);
  EXPECT_TRUE(m.ready());
  EXPECT_DOUBLE_EQ(m.value(), m.fast().value() - m.slow().value());
  EXPECT_DOUBLE_EQ(m.histogram(), m.value() - m.signal());
}

TEST(indicators, volume_without_any_volume_is_usual) {
  volume_ratio<20> v;
  for (int i = 0; i < 20; ++i) v.push(0.1 * i);
  EXPECT_DOUBLE_EQ(v.value(), 2.0 * 19 / 19);
  for (int i = 0; i < 20; ++i) v.push(0);
  EXPECT_EQ(v.value(), 1);
}

TEST(indicators, a_market_that_stands_still_yields_finite_numbers) {
  indicators x;
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(x.ready(), i >= 50);
    x.push(flat(i, 1.25));
  }
  const auto r = x.report();
  EXPECT_EQ(r.candle_time, 60 * base_interval_ms);
  EXPECT_DOUBLE_EQ(r.sma10, 1.25);
  EXPECT_DOUBLE_EQ(r.sma50, 1.25);
  EXPECT_DOUBLE_EQ(r.bollinger_upper, r.bollinger_lower);
  EXPECT_EQ(r.volatility, 0);
  EXPECT_EQ(r.atr, 0);
  EXPECT_EQ(r.rsi, 100);
  EXPECT_EQ(r.volume_ratio, 1);
}

TEST(indicators, volatility_is_the_deviation_of_log_returns) {
  indicators x;
  std::deque<double> returns;
  double last = 100;
  for (int i = 0; i < 80; ++i) {
    const double price = last * (1 + 0.01 * std::sin(i));
    if (i > 0) returns.push_back(std::log(price / last));
    if (returns.size() > 20) returns.pop_front();
    x.push(flat(i, price, 1));
    last = price;
  }
  EXPECT_NEAR(x.volatility(), deviation_of(returns), 1e-15);
}

TEST(indicators, a_restart_forgets_everything) {
  indicators used, fresh;
  for (int i = 0; i < 100; ++i) used.push(flat(i, 50 + i % 9, i));
  used.restart();
  EXPECT_FALSE(used.ready());
  for (int i = 0; i < 70; ++i) {
    used.push(flat(i, 10 + i % 5, i));
    fresh.push(flat(i, 10 + i % 5, i));
  }
  EXPECT_EQ(used.macd_signal(), fresh.macd_signal());
  EXPECT_EQ(used.volatility(), fresh.volatility());
  EXPECT_EQ(used.sma50(), fresh.sma50());
}
