#include "models/rescore.hpp"

#include "models/symbol_stream.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace troupe {

using namespace tests;

namespace {

// A live symbol as its store knows it: candles as they came, without those that were filled in.
class live_symbol {
public:
  explicit live_symbol(stream_options options = {}) : stream_("BTCUSDT", std::move(options)) {}

  void use(const model_set_ptr& models) { stream_.use(models); }
  void take(const candle& c) {
    if (stream_.take(c) > 0) stored_.push_back(c);
  }
  void take(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) take(market()[i]);
  }
  /// Says it, and makes it again from the store.
  rescored say_again(int horizon, const model_set_ptr& models) {
    return again(stream_.make_signal(static_cast<std::size_t>(horizon_index(horizon))), models);
  }
  rescored again(const signal& said, const model_set_ptr& models) const {
    std::vector<candle> asked;
    for (const auto& c : stored_)
      if (c.open_time >= rescore_from(said) && c.open_time <= said.candles_to) asked.push_back(c);
    return rescore(said, models, asked);
  }
  const symbol_stream& stream() const { return stream_; }
  std::vector<candle>& stored() { return stored_; }

  static const std::vector<candle>& market() {
    static const auto all = simulated_candles(60 * 288);
    return all;
  }

private:
  symbol_stream stream_;
  std::vector<candle> stored_;
};

constexpr std::size_t now = 40 * 288; // the small models learned from what came before

stream_options own_terms() {
  stream_options o;
  o.rules = {"mine", .13, .5, 2, false};
  o.costs.round_trip_bp = 7;
  return o;
}

void expect_agreement(const rescored& r, const char* what) {
  EXPECT_EQ(r.error, "") << what;
  for (const auto& d : r.differences) ADD_FAILURE() << what << ": " << d;
}

const model_set_ptr& old_models() { return small_models().models; }

const model_set_ptr& new_models() {
  static const auto models = [] {
    auto candles = simulated_candles(45 * 288);
    candles.erase(candles.begin(), candles.begin() + 5 * 288);
    return train_small(candles).models;
  }();
  return models;
}

} // namespace

TEST(rescore, a_signal_is_made_again_to_the_bit_at_every_horizon) {
  live_symbol live{own_terms()};
  live.use(old_models());
  live.take(now, now + 3000);
  for (const int horizon : horizons) {
    const auto r = live.say_again(horizon, old_models());
    expect_agreement(r, "live");
    EXPECT_EQ(r.made.strategy, "mine");
  }
}

TEST(rescore, models_of_every_kind_say_the_same_again) {
  for (const auto kind : {model_kind::har, model_kind::gru, model_kind::ensemble}) {
    const auto& models = small_models(kind).models;
    live_symbol live{own_terms()};
    live.use(models);
    live.take(now, now + 1000);
    live.use(models); // rebuilt from the ring while warming up
    live.take(now + 1002, now + 2700);
    expect_agreement(live.say_again(18, models), std::string{to_string(kind)}.c_str());
  }
}

TEST(rescore, a_new_version_and_a_restart_leave_nothing_out) {
  live_symbol live{own_terms()};
  live.use(old_models());
  live.take(now, now + 4000);
  const auto before = live.stream().make_signal(1);
  live.use(new_models());
  const auto swapped = live.stream().make_signal(1);
  EXPECT_NE(swapped.candles_from, before.candles_from) << "windows are rebuilt from the ring";
  EXPECT_NE(swapped.model_hash, before.model_hash);
  live.take(now + 4000, now + 4100);
  expect_agreement(live.again(before, old_models()), "before the new version");
  expect_agreement(live.again(swapped, new_models()), "just after it");
  expect_agreement(live.say_again(6, new_models()), "a while after it");

  live_symbol restarted{own_terms()}; // recovers from some of what was stored
  restarted.use(new_models());
  for (std::size_t i = live.stored().size() - 2500; i < live.stored().size(); ++i)
    restarted.take(live.stored()[i]);
  restarted.take(now + 4100, now + 4110);
  expect_agreement(restarted.say_again(18, new_models()), "after a restart");
}

TEST(rescore, short_gaps_are_filled_again_and_long_ones_begin_anew) {
  live_symbol live{own_terms()};
  live.use(old_models());
  live.take(now, now + 1000);
  live.take(now + 1002, now + 2600);
  expect_agreement(live.say_again(18, old_models()), "a short gap in the windows");
  live.take(now + 2650, now + 2650 + 2100);
  EXPECT_EQ(live.stream().candles_from(), live_symbol::market()[now + 2650].open_time);
  expect_agreement(live.say_again(18, old_models()), "after a long gap");
}

TEST(rescore, windows_may_begin_with_a_candle_that_was_filled_in) {
  live_symbol live{own_terms()};
  live.use(old_models());
  live.take(now, now + 100);
  live.take(now + 102, now + 101 + stream_ring_candles); // the ring is one candle short of the gap
  live.use(old_models());
  EXPECT_EQ(live.stream().candles_from(), live_symbol::market()[now + 101].open_time);
  expect_agreement(live.say_again(36, old_models()), "begins with a filled candle");
}

TEST(rescore, what_was_changed_is_named) {
  live_symbol live{own_terms()};
  live.use(old_models());
  live.take(now, now + 2500);
  auto said = live.stream().make_signal(1);
  said.tp = std::nextafter(said.tp, 1e9);
  said.odds[1].p_sl += .01;
  said.reasons[0] += "!";
  const auto r = live.again(said, old_models());
  EXPECT_EQ(r.error, "");
  ASSERT_EQ(r.differences.size(), 3u);
  EXPECT_EQ(r.differences[0].substr(0, 11), "tp: stored ");
  EXPECT_EQ(r.differences[1].substr(0, 13), "odds[1].p_sl:");
  EXPECT_EQ(r.differences[2].substr(0, 11), "reasons[0]:");
  EXPECT_FALSE(r.agrees());
  live.stored()[1200].close *= 1.01;
  EXPECT_FALSE(live.again(live.stream().make_signal(1), old_models()).agrees())
      << "another candle in the store";
  EXPECT_FALSE(rescore(live.stream().make_signal(1), new_models(), live.stored()).agrees())
      << "other models";
}

TEST(rescore, what_is_no_longer_there_is_said) {
  live_symbol live{own_terms()};
  live.use(old_models());
  live.take(now, now + 2500);
  const auto said = live.stream().make_signal(1);
  auto candles = live.stored();
  candles.erase(candles.begin());
  EXPECT_NE(rescore(said, old_models(), candles).error.find("no longer stored"), std::string::npos);
  candles = live.stored();
  candles.pop_back();
  EXPECT_NE(rescore(said, old_models(), candles).error.find("is not stored"), std::string::npos);
  auto bare = said;
  bare.terms.clear();
  EXPECT_NE(rescore(bare, old_models(), live.stored()).error.find("terms"), std::string::npos);
}

} // namespace troupe
