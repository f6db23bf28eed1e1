// Champion, challenger and their scores on the stream that runs live.
#include "models/forecast/range_model.hpp"
#include "models/symbol_stream.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <gtest/gtest.h>

namespace troupe {

namespace {

using tests::simulated_candles;
using tests::small_models;

constexpr std::size_t learned = 40 * 288, after = 12 * 288;

// 40 days that the small models learned from and 12 more of the same market.
const std::vector<candle>& market() {
  static const auto all = simulated_candles(learned + after);
  return all;
}

// Forecasts of the same models with every range doubled: as wrong as can be.
model_set_ptr worse_models() {
  auto out = std::make_shared<model_set>(*small_models().models);
  out->version = "worse";
  for (auto& m : out->ranges) {
    auto wrong = *m;
    for (auto& e : wrong.seed_errors) e *= 3;
    wrong.seed_last = out->train_to + 100 * day_ms; // the bands never learn
    m = std::make_shared<range_model>(wrong);
  }
  return out;
}

symbol_stream stream_with(const model_set_ptr& models, stream_options options = {}) {
  options.rules.name = "test";
  symbol_stream s{"BTCUSDT", options};
  s.use(models);
  return s;
}

void feed(symbol_stream& s, std::size_t from, std::size_t to) {
  for (auto i = from; i < to; ++i) s.take(market()[i]);
}

double figure(const model_scores& m, const std::string& name) {
  for (auto& [key, value] : m.figures)
    if (key == name) return value;
  return -1;
}

} // namespace

TEST(live_judge, counts_only_what_came_after_the_training) {
  auto s = stream_with(small_models().models);
  feed(s, 20 * 288, learned);
  EXPECT_TRUE(s.scores().empty());
  feed(s, learned, learned + 288);
  const auto scores = s.scores();
  ASSERT_EQ(scores.size(), 12u);
  EXPECT_EQ(figure(scores[0], "n"), 288 - 6);
  EXPECT_EQ(figure(scores[7], "n"), 288 - 72);
  EXPECT_GT(scores[0].from, small_models().models->train_to);
  EXPECT_EQ(scores[0].version, small_models().models->version);
  EXPECT_EQ(scores[0].state, "champion");
}

TEST(live_judge, finds_the_bands_of_the_product_calibrated) {
  auto s = stream_with(small_models().models);
  feed(s, 20 * 288, learned + after);
  // Twelve days may be one trend, which moves highs and lows against each other: their mean stays.
  double under_80 = 0, under_90 = 0;
  for (auto& m : s.scores()) {
    if (m.name.find("range") == std::string::npos) continue;
    under_80 += figure(m, "coverage_q80") / range_models;
    under_90 += figure(m, "coverage_q90") / range_models;
  }
  EXPECT_NEAR(under_80, .8, .03);
  EXPECT_NEAR(under_90, .9, .03);
}

// Not to the bit: a stream that began later remembers fewer days of each slot.
TEST(live_judge, scores_are_those_of_before_after_a_restart) {
  auto whole = stream_with(small_models().models);
  feed(whole, 20 * 288, learned + 2000);
  auto again = stream_with(small_models().models);
  feed(again, 25 * 288, learned + 2000);
  const auto a = whole.scores(), b = again.scores();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    for (auto& [name, value] : a[i].figures)
      EXPECT_NEAR(value, figure(b[i], name), name[0] == 'n' ? 0 : .01) << a[i].name << ' ' << name;
}

TEST(live_judge, a_gap_drops_what_waits_and_nothing_that_came) {
  auto s = stream_with(small_models().models);
  feed(s, 20 * 288, learned + 100);
  const auto before = figure(s.scores()[0], "n");
  feed(s, learned + 200, learned + 300); // a warm-up begins: nothing is said
  EXPECT_EQ(figure(s.scores()[0], "n"), before);
}

TEST(live_judge, a_challenger_changes_nothing_that_is_said) {
  auto alone = stream_with(small_models().models), tried = stream_with(small_models().models);
  feed(alone, 30 * 288, learned);
  feed(tried, 30 * 288, learned);
  tried.challenge(worse_models());
  feed(alone, learned, learned + 300);
  feed(tried, learned, learned + 300);
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    EXPECT_EQ(alone.predict(h).delta_high, tried.predict(h).delta_high);
    EXPECT_EQ(alone.predict(h).high_quantiles, tried.predict(h).high_quantiles);
    EXPECT_EQ(alone.make_signal(h).id, tried.make_signal(h).id);
  }
  EXPECT_EQ(tried.scores().size(), 24u);
}

TEST(live_judge, a_worse_version_is_let_go_and_the_champion_speaks_on) {
  auto s = stream_with(small_models().models);
  feed(s, 30 * 288, learned);
  s.challenge(worse_models());
  std::optional<trial_report> verdict;
  for (auto i = learned; i < learned + after && !verdict; ++i) {
    s.take(market()[i]);
    verdict = s.verdict();
  }
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->state, trial_state::rejected);
  EXPECT_EQ(verdict->challenger, "worse");
  EXPECT_GE(verdict->candles, 2016u);
  EXPECT_LT(verdict->range_difference, -verdict->range_error);
  EXPECT_EQ(s.models(), small_models().models);
  EXPECT_FALSE(s.challenger());
  EXPECT_FALSE(s.evidence());
}

TEST(live_judge, a_better_version_is_promoted_and_its_scores_go_on) {
  auto s = stream_with(worse_models());
  feed(s, 30 * 288, learned);
  s.challenge(small_models().models);
  std::optional<trial_report> verdict;
  auto i = learned;
  for (; i < learned + after && !verdict; ++i) {
    s.take(market()[i]);
    verdict = s.verdict();
  }
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->state, trial_state::promoted);
  EXPECT_EQ(s.models(), small_models().models);
  const auto n = figure(s.scores().at(0), "n");
  EXPECT_GT(n, 2000);
  feed(s, i, i + 10);
  EXPECT_EQ(figure(s.scores().at(0), "n"), n + 10);
  EXPECT_EQ(s.scores().at(0).state, "champion");
  EXPECT_EQ(s.predict(0).model_version, small_models().models->version);
}

TEST(live_judge, an_equal_version_is_not_promoted) {
  stream_options options;
  options.trials.most_days = 9;
  options.trials.reject_errors = 10; // so that its time runs out
  auto s = stream_with(small_models().models, options);
  feed(s, 30 * 288, learned);
  auto twin = std::make_shared<model_set>(*small_models().models);
  twin->version = "twin";
  s.challenge(twin);
  std::optional<trial_report> verdict;
  for (auto i = learned; i < learned + after && !verdict; ++i) {
    s.take(market()[i]);
    verdict = s.verdict();
  }
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->state, trial_state::kept);
  EXPECT_EQ(verdict->days, 10u);
}

} // namespace troupe
