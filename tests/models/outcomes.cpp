// What came of predictions and signals, against candles written by hand.
#include "models/outcomes.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace troupe {

namespace {

constexpr utc_ms t0 = 1704067200000;

candle at(int slot, double low, double high, double close) {
  return {t0 + slot * base_interval_ms, close, high, low, close, 1};
}

struct market {
  coming_ranges ranges;
  outcome_tracker outcomes{"BTCUSDT", 10};
  int slot = 0;

  void push(double low, double high, double close) {
    const auto c = at(slot++, low, high, close);
    ranges.push(c);
    outcomes.push(c, ranges);
  }
  void calm(int candles) {
    for (int i = 0; i < candles; ++i) push(99.9, 100.1, 100);
  }
  utc_ms now() const { return t0 + (slot - 1) * base_interval_ms; }
  void gap(int slots) {
    ranges.restart();
    outcomes.restart();
    slot += slots;
  }
  prediction predict(int horizon, const std::string& version = "v1") const {
    prediction p;
    p.symbol = "BTCUSDT";
    p.horizon = horizon;
    p.candle_time = now();
    p.current_price = 100;
    p.high_quantiles[q50] = .01;
    p.low_quantiles[q50] = .02;
    p.model_version = version;
    return p;
  }
  // Stop 1 %, target 2 %.
  signal trade(bool long_side, const std::string& id = "s") const {
    signal s;
    s.id = id;
    s.candle_time = now();
    s.entry = 100;
    s.sl = long_side ? 99 : 101;
    s.tp = long_side ? 102 : 98;
    s.rr_ratio = 2;
    return s;
  }
};

} // namespace

TEST(coming_ranges, are_the_extremes_of_exactly_the_candles_after_one) {
  coming_ranges ranges;
  std::vector<candle> all;
  for (int i = 0; i < 400; ++i) {
    const double wave = std::sin(i * .7) * 5 + std::cos(i * .13) * 3;
    all.push_back(at(i, 95 + wave, 105 + wave * 1.1, 100 + wave));
    ranges.push(all.back());
    for (std::size_t h = 0; h < horizons.size(); ++h) {
      const auto found = ranges.of(h);
      const int from = i - horizons[h];
      ASSERT_EQ(found.has_value(), from >= 0);
      if (!found) continue;
      double high = 0, low = 1e9;
      for (int k = from + 1; k <= i; ++k) {
        high = std::max(high, all[static_cast<std::size_t>(k)].high);
        low = std::min(low, all[static_cast<std::size_t>(k)].low);
      }
      EXPECT_EQ(found->time, all[static_cast<std::size_t>(from)].open_time);
      EXPECT_EQ(found->close, all[static_cast<std::size_t>(from)].close);
      EXPECT_EQ(found->high, high);
      EXPECT_EQ(found->low, low);
    }
  }
}

TEST(outcomes, of_a_prediction_are_known_when_its_last_candle_has_closed) {
  market m;
  m.calm(3);
  m.outcomes.follow(m.predict(6));
  const auto made = m.now();
  m.push(99, 103, 101);
  m.calm(4);
  EXPECT_TRUE(m.outcomes.take_settled().predictions.empty());
  m.push(97, 100, 99);
  m.push(50, 200, 99); // the seventh is none of its business
  const auto settled = m.outcomes.take_settled();
  ASSERT_EQ(settled.predictions.size(), 1u);
  const auto& o = settled.predictions[0];
  EXPECT_EQ(o.candle_time, made);
  EXPECT_EQ(o.actual_high, 103);
  EXPECT_EQ(o.actual_low, 97);
  EXPECT_NEAR(o.mae, (std::abs(.03 - .01) + std::abs(.03 - .02)) / 2, 1e-12);
}

TEST(outcomes, a_prediction_said_twice_has_one_and_two_versions_have_one_each) {
  market m;
  m.calm(1);
  m.outcomes.follow(m.predict(6));
  m.outcomes.follow(m.predict(6));
  m.outcomes.follow(m.predict(6, "v2"));
  m.calm(6);
  EXPECT_EQ(m.outcomes.take_settled().predictions.size(), 2u);
  EXPECT_EQ(m.outcomes.open(), 0u);
}

struct trade_case {
  const char* name;
  bool long_side;
  double low, high, close;
  const char* outcome;
  double gross_r;
};

class a_trade : public testing::TestWithParam<trade_case> {};

TEST_P(a_trade, ends_at_what_it_met_first_less_costs) {
  market m;
  m.calm(1);
  m.outcomes.follow(m.trade(GetParam().long_side));
  m.calm(5);
  m.push(GetParam().low, GetParam().high, GetParam().close);
  m.push(50, 200, 100);
  const auto settled = m.outcomes.take_settled();
  ASSERT_EQ(settled.signals.size(), 1u);
  EXPECT_EQ(settled.signals[0].outcome.outcome, GetParam().outcome);
  // 10 bp of a stop of 1 % are .1 R.
  EXPECT_NEAR(settled.signals[0].outcome.pnl_r, GetParam().gross_r - .1, 1e-9);
  EXPECT_NEAR(settled.signals[0].outcome.pnl_percent, GetParam().gross_r - .1, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(
    outcomes, a_trade,
    testing::Values(trade_case{"long_target", true, 99.5, 102, 101, "tp", 2},
                    trade_case{"long_stop", true, 99, 101, 100, "sl", -1},
                    trade_case{"long_both_count_as_the_stop", true, 99, 102, 102, "sl", -1},
                    trade_case{"short_target", false, 98, 100.5, 99, "tp", 2},
                    trade_case{"short_stop", false, 99.5, 101, 100, "sl", -1},
                    trade_case{"short_both_count_as_the_stop", false, 98, 101, 98, "sl", -1}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(outcomes, a_trade_that_met_neither_expires_at_the_close_of_candle_288) {
  market m;
  m.calm(1);
  m.outcomes.follow(m.trade(true));
  m.calm(287);
  EXPECT_TRUE(m.outcomes.take_settled().signals.empty());
  m.push(99.9, 100.6, 100.5);
  const auto settled = m.outcomes.take_settled();
  ASSERT_EQ(settled.signals.size(), 1u);
  EXPECT_EQ(settled.signals[0].outcome.outcome, "expired");
  EXPECT_NEAR(settled.signals[0].outcome.pnl_r, .5 - .1, 1e-9);
}

TEST(outcomes, agree_with_the_labels_that_models_learn_from) {
  std::vector<candle> all;
  double price = 100;
  for (int i = 0; i < 3000; ++i) {
    price *= 1 + .002 * std::sin(i * 1.7) + .0015 * std::cos(i * .31);
    all.push_back(at(i, price * .998, price * 1.002, price));
  }
  for (std::size_t from = 0; from + timeout_candles < all.size(); from += 97)
    for (const bool long_side : {true, false}) {
      const barrier_trade trade{all[from].close, .01, 2, long_side};
      const auto label = follow(trade, &all[from + 1], timeout_candles);
      followed_trade live{trade};
      std::optional<barrier_outcome> came;
      for (std::size_t i = from + 1; !came; ++i) came = live.step(all[i]);
      EXPECT_EQ(came->hit, label.hit);
      EXPECT_NEAR(came->r, label.r, 1e-9);
      EXPECT_EQ(came->candles, label.candles);
    }
}

TEST(outcomes, across_a_gap_stay_unknown_and_are_counted) {
  market m;
  m.calm(1);
  m.outcomes.follow(m.predict(6));
  m.outcomes.follow(m.trade(true));
  m.calm(3);
  m.gap(10);
  m.calm(300);
  const auto settled = m.outcomes.take_settled();
  EXPECT_TRUE(settled.predictions.empty());
  EXPECT_TRUE(settled.signals.empty());
  EXPECT_EQ(m.outcomes.counts().unknown, 2u);
}

TEST(outcomes, of_what_was_open_at_a_stop_are_the_same_as_without_one) {
  market whole, second;
  whole.calm(10);
  whole.outcomes.follow(whole.predict(6));
  whole.outcomes.follow(whole.trade(true));
  const auto p = whole.predict(6);
  const auto s = whole.trade(true);
  for (auto* m : {&whole, &second}) {
    if (m == &second) {
      open_rows open;
      open.predictions = {{6, t0 - hour_ms, "v1", 100, .01, .02}, // of a candle nobody has
                          {6, p.candle_time, "v1", 100, .01, .02}};
      open.signals = {{s.id, s.candle_time, s.entry, s.sl, s.tp, s.rr_ratio}};
      m->outcomes.expect(open);
      m->calm(10);
    }
    m->push(99.2, 101.5, 100);
    m->calm(6);
    m->push(99.2, 102.5, 100);
  }
  const auto expected = whole.outcomes.take_settled(), found = second.outcomes.take_settled();
  ASSERT_EQ(found.predictions.size(), 1u);
  ASSERT_EQ(found.signals.size(), 1u);
  EXPECT_EQ(found.predictions[0].actual_high, expected.predictions[0].actual_high);
  EXPECT_EQ(found.predictions[0].mae, expected.predictions[0].mae);
  EXPECT_EQ(found.signals[0].outcome.pnl_r, expected.signals[0].outcome.pnl_r);
  EXPECT_EQ(second.outcomes.counts().unknown, 1u);
}

TEST(outcomes, a_signal_without_a_trade_has_none) {
  market m;
  m.calm(1);
  auto s = m.trade(true);
  s.sl = s.tp = s.entry;
  m.outcomes.follow(s);
  EXPECT_EQ(m.outcomes.open(), 0u);
}

TEST(outcomes, no_more_signals_are_followed_than_the_bound) {
  market m;
  m.calm(1);
  for (std::size_t i = 0; i < max_followed_signals + 3; ++i)
    m.outcomes.follow(m.trade(true, std::to_string(i)));
  EXPECT_EQ(m.outcomes.open(), max_followed_signals);
  EXPECT_EQ(m.outcomes.counts().unknown, 3u);
}

} // namespace troupe
