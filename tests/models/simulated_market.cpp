#include "models/simulated_market.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

using namespace troupe;

namespace {

constexpr utc_ms origin = 1704067200000; // 2024-01-01

std::vector<candle> make(std::uint64_t seed, std::string_view symbol, std::size_t n,
                         simulated_market_options options = {}) {
  simulated_market market{seed, symbol, origin, 0, std::move(options)};
  std::vector<candle> out;
  out.reserve(n);
  for (std::size_t i = 0; i < n; ++i) out.push_back(market.next());
  return out;
}

simulated_market_options driftless() {
  simulated_market_options o;
  o.drift = false;
  return o;
}

std::vector<double> returns(const std::vector<candle>& candles) {
  std::vector<double> out;
  for (const auto& c : candles) out.push_back(std::log(c.close / c.open));
  return out;
}

double mean(const std::vector<double>& x) {
  double sum = 0;
  for (auto v : x) sum += v;
  return sum / static_cast<double>(x.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double ma = mean(a), mb = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

double autocorrelation(const std::vector<double>& x, std::size_t lag) {
  return correlation({x.begin(), x.end() - static_cast<long>(lag)},
                     {x.begin() + static_cast<long>(lag), x.end()});
}

/// t of the autocorrelation that allows for clustered volatility, which widens the band of chance.
double lagged_t(const std::vector<double>& x, std::size_t lag) {
  double sum = 0, squares = 0;
  for (std::size_t i = lag; i < x.size(); ++i) {
    sum += x[i] * x[i - lag];
    squares += x[i] * x[i - lag] * x[i] * x[i - lag];
  }
  return sum / std::sqrt(squares);
}

double deviation(const std::vector<double>& x) {
  double squares = 0;
  for (auto v : x) squares += v * v;
  return std::sqrt(squares / static_cast<double>(x.size()) - mean(x) * mean(x));
}

/// Correlation of the last 20 candles' return with the next 6's, at every 6th candle (so that the
/// targets do not overlap), as a t statistic.
double momentum_t(const std::vector<candle>& candles) {
  std::vector<double> before, after;
  for (std::size_t i = 20; i + 6 < candles.size(); i += 6) {
    before.push_back(std::log(candles[i].close / candles[i - 20].close));
    after.push_back(std::log(candles[i + 6].close / candles[i].close));
  }
  const double r = correlation(before, after);
  return r * std::sqrt(static_cast<double>(before.size() - 2) / (1 - r * r));
}

struct trade_tally {
  std::size_t asked = 0, taken = 0;
  double net_r = 0;
};

/// Goes with the last 30 candles' return when it exceeds 1.5 sigma·√30; stop sigma·√horizon, target
/// twice as far, time-out 288 candles, 10 bp a round trip.
trade_tally trade_with_the_trend(const std::vector<candle>& candles, double sigma, int horizon) {
  trade_tally tally;
  const double stop = sigma * std::sqrt(horizon);
  for (std::size_t i = 30; i + 288 < candles.size(); i += 12) {
    ++tally.asked;
    const double entry = candles[i].close;
    const double score = std::log(entry / candles[i - 30].close) / (sigma * std::sqrt(30));
    if (std::abs(score) < 1.5) continue;
    ++tally.taken;
    const double side = score > 0 ? 1 : -1;
    double r = side * (candles[i + 288].close / entry - 1) / stop;
    for (std::size_t k = i + 1; k <= i + 288; ++k) {
      const double up = candles[k].high / entry - 1, down = candles[k].low / entry - 1;
      const bool stopped = side > 0 ? down <= -stop : up >= stop;
      if (stopped || (side > 0 ? up >= 2 * stop : down <= -2 * stop)) {
        r = stopped ? -1 : 2;
        break;
      }
    }
    tally.net_r += r - 10e-4 / stop;
  }
  return tally;
}

} // namespace

TEST(simulated_market, the_same_arguments_make_the_same_candles) {
  EXPECT_EQ(make(7, "BTCUSDT", 5000), make(7, "BTCUSDT", 5000));
}

TEST(simulated_market, seed_symbol_origin_and_drift_each_make_other_candles) {
  const auto base = make(7, "BTCUSDT", 500);
  EXPECT_FALSE(base == make(8, "BTCUSDT", 500));
  EXPECT_FALSE(base == make(7, "BTCUSDT", 500, driftless()));
  simulated_market later{7, "BTCUSDT", origin + day_ms};
  simulated_market other{7, "BTCUSDC", origin, 60000};
  EXPECT_NE(later.next().close, base[0].close);
  EXPECT_NE(other.next().close, base[0].close);
}

TEST(simulated_market, a_copy_continues_as_the_original_does) {
  simulated_market a{7, "ETHUSDT", origin};
  for (int i = 0; i < 333; ++i) a.next();
  auto b = a;
  for (int i = 0; i < 333; ++i) EXPECT_EQ(a.next(), b.next());
}

TEST(simulated_market, every_candle_is_valid_and_follows_the_last) {
  for (auto symbol : {"BTCUSDT", "ETHUSDT", "SOLUSDT", "EURUSD", "ABC", "DOGEUSDT"}) {
    const auto candles = make(3, symbol, 50000);
    for (std::size_t i = 0; i < candles.size(); ++i) {
      const auto& c = candles[i];
      ASSERT_EQ(c.open_time, origin + static_cast<utc_ms>(i) * base_interval_ms);
      ASSERT_GT(c.low, 0) << symbol;
      ASSERT_LE(c.low, std::min(c.open, c.close)) << symbol;
      ASSERT_GE(c.high, std::max(c.open, c.close)) << symbol;
      ASSERT_TRUE(std::isfinite(c.high) && std::isfinite(c.volume) && c.volume > 0) << symbol;
      ASSERT_EQ(c.open, i ? candles[i - 1].close : c.open) << symbol;
    }
  }
}

TEST(simulated_market, prices_are_whole_ticks) {
  for (const auto& c : make(3, "EURUSD", 1000))
    EXPECT_EQ(c.close, std::round(c.close * 100000) / 100000);
}

TEST(simulated_market, a_foreign_start_price_is_taken_and_a_senseless_one_is_not) {
  EXPECT_DOUBLE_EQ(simulated_market(1, "BTCUSDT", origin, 91234.5).next().open, 91234.5);
  EXPECT_DOUBLE_EQ(simulated_market(1, "BTCUSDT", origin, -5).next().open, 60000);
  EXPECT_DOUBLE_EQ(simulated_market(1, "BTCUSDT", origin, std::nan("")).next().open, 60000);
  EXPECT_EQ(simulated_market(1, "BTCUSDT", -77).next_open_time(), base_interval_ms);
  EXPECT_EQ(simulated_market(1, "BTCUSDT", origin + 299999).next_open_time(), origin);
}

TEST(simulated_market, volatility_is_of_the_size_it_says_and_clusters) {
  for (auto symbol : {"BTCUSDT", "EURUSD"}) {
    auto r = returns(make(11, symbol, 200000, driftless()));
    EXPECT_NEAR(deviation(r) / simulated_profile_of(symbol).sigma, 1, .12);
    for (auto& x : r) x = std::abs(x);
    EXPECT_GT(autocorrelation(r, 1), .1);
    EXPECT_GT(autocorrelation(r, 12), .05);
  }
}

TEST(simulated_market, tails_are_heavy) {
  const auto r = returns(make(11, "BTCUSDT", 200000));
  const double s = deviation(r);
  double fourth = 0;
  for (auto x : r) fourth += std::pow(x / s, 4);
  EXPECT_GT(fourth / static_cast<double>(r.size()), 4.5);
}

TEST(simulated_market, the_afternoon_is_wider_and_busier_than_the_night) {
  double day_range = 0, night_range = 0, day_volume = 0, night_volume = 0;
  for (const auto& c : make(5, "BTCUSDT", 100000)) {
    const auto hour = c.open_time / hour_ms % 24;
    const double range = (c.high - c.low) / c.open;
    if (hour >= 13 && hour < 16) day_range += range, day_volume += c.volume;
    if (hour >= 1 && hour < 4) night_range += range, night_volume += c.volume;
  }
  EXPECT_GT(day_range, 1.5 * night_range);
  EXPECT_GT(day_volume, 2 * night_volume);
}

TEST(simulated_market, volume_goes_with_range) {
  std::vector<double> range, volume;
  for (const auto& c : make(5, "SOLUSDT", 50000)) {
    range.push_back((c.high - c.low) / c.open);
    volume.push_back(c.volume);
  }
  EXPECT_GT(correlation(range, volume), .4);
}

TEST(simulated_market, without_drift_it_is_a_fair_walk) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto candles = make(seed, "BTCUSDT", 200000, driftless());
    std::vector<double> r;
    for (const auto& c : candles) r.push_back(c.close / c.open - 1);
    const double error = deviation(r) / std::sqrt(static_cast<double>(r.size()));
    EXPECT_LT(std::abs(mean(r)), 3 * error) << "seed " << seed;
    // Clustered volatility widens the band of chance beyond 1/sqrt(n).
    for (std::size_t lag : {1, 2, 6, 20})
      EXPECT_LT(std::abs(lagged_t(r, lag)), 4) << "seed " << seed << ", lag " << lag;
    EXPECT_LT(std::abs(momentum_t(candles)), 4) << "seed " << seed;
  }
}

TEST(simulated_market, with_drift_momentum_predicts) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const double t = momentum_t(make(seed, "BTCUSDT", 100000));
    std::printf("seed %d: momentum t = %.1f\n", static_cast<int>(seed), t);
    EXPECT_GT(t, 5) << "seed " << seed;
  }
}

TEST(simulated_market, with_drift_a_trade_with_the_trend_beats_its_costs_and_without_it_does_not) {
  for (bool drift : {true, false}) {
    simulated_market_options o;
    o.drift = drift;
    const auto candles = make(2, "BTCUSDT", 200000, o);
    for (int horizon : {6, 18}) {
      const auto t = trade_with_the_trend(candles, 26e-4, horizon);
      const double mean_r = t.net_r / static_cast<double>(t.taken);
      std::printf("drift %s, horizon %d: %.3f R net a trade, %.0f %% of the time\n",
                  drift ? "on" : "off", horizon, mean_r,
                  100.0 * static_cast<double>(t.taken) / static_cast<double>(t.asked));
      if (drift) {
        EXPECT_GT(mean_r, .2);
        EXPECT_GT(t.taken, t.asked / 20);
      } else {
        EXPECT_LT(mean_r, 0);
      }
    }
  }
}

TEST(simulated_market, five_years_stay_within_sight_of_the_start) {
  for (auto symbol : {"BTCUSDT", "EURUSD"})
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const double start = simulated_profile_of(symbol).start_price;
      double least = start, most = start;
      for (const auto& c : make(seed, symbol, 5 * 365 * 288)) {
        least = std::min(least, c.low);
        most = std::max(most, c.high);
      }
      std::printf("%s seed %d: %.2f to %.2f times the start\n", symbol, static_cast<int>(seed),
                  least / start, most / start);
      EXPECT_GT(least, start / 6);
      EXPECT_LT(most, start * 6);
    }
}

TEST(simulated_market, closed_slots_have_no_candle) {
  simulated_market_options week_days;
  week_days.closed = [](utc_ms t) {
    return (t / day_ms + 4) % 7 == 6 || (t / day_ms + 4) % 7 == 0;
  };
  for (const auto& c : make(1, "EURUSD", 5000, week_days))
    EXPECT_FALSE(week_days.closed(c.open_time));
  simulated_market_options never;
  never.closed = [](utc_ms) { return true; };
  EXPECT_EQ(make(1, "EURUSD", 3, never)[2].open_time, origin + 2 * base_interval_ms);
}

TEST(simulated_market, makes_candles_fast) {
  simulated_market market{1, "BTCUSDT", origin};
  double sum = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 500000; ++i) sum += market.next().close;
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  std::printf("%.2f M candles/s (checksum %.0f)\n", .5 / spent.count(), sum);
  EXPECT_GT(sum, 0);
}
