#include "models/storable.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace troupe {

namespace {

constexpr utc_ms monday = 1767571200000;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

candle good_candle() { return {monday, 100, 101, 99, 100.5, 3}; }

std::string why(const candle& c) { return why_unstorable(put_candles{"BTCUSDT", "import", {c}}); }

signal good_signal() {
  signal s;
  s.id = "BTCUSDT-6-1-v";
  s.symbol = "BTCUSDT";
  s.horizon = 6;
  s.candle_time = s.created_at = monday;
  return s;
}

prediction good_prediction() {
  prediction p;
  p.symbol = "BTCUSDT";
  p.horizon = 72;
  p.candle_time = monday;
  return p;
}

std::string why(const signal& s) { return why_unstorable(put_log{{}, {s}}); }
std::string why(const prediction& p) { return why_unstorable(put_log{{p}, {}}); }

template<class T, class Change>
std::string why_after(T x, Change change) {
  change(x);
  return why(x);
}

} // namespace

TEST(storable, a_whole_request_passes) {
  EXPECT_EQ(why(good_candle()), "");
  EXPECT_EQ(why(good_signal()), "");
  EXPECT_EQ(why(good_prediction()), "");
  EXPECT_EQ(why_unstorable(put_candles{"BTCUSDT", "", {}}), "");
  EXPECT_EQ(why_unstorable(put_note{"origin", ""}), "");
}

TEST(storable, a_candle_off_its_slot_or_out_of_shape_is_refused) {
  const auto bad = [](auto change) { return !why_after(good_candle(), change).empty(); };
  EXPECT_TRUE(bad([](candle& c) { c.open_time += 1; }));
  EXPECT_TRUE(bad([](candle& c) { c.open_time = 0; }));
  EXPECT_TRUE(bad([](candle& c) { c.high = nan; }));
  EXPECT_TRUE(bad([](candle& c) { c.high = infinity; }));
  EXPECT_TRUE(bad([](candle& c) { c.high = 100.4; }));
  EXPECT_TRUE(bad([](candle& c) { c.low = 100.1; }));
  EXPECT_TRUE(bad([](candle& c) { c.low = 0; }));
  EXPECT_TRUE(bad([](candle& c) { c.volume = -1; }));
  EXPECT_FALSE(bad([](candle& c) { c.volume = 0; }));
  EXPECT_EQ(why_unstorable(put_candles{"btc", "", {}}), "candles: bad symbol");
}

TEST(storable, a_log_row_without_identity_or_with_a_nan_is_refused) {
  EXPECT_EQ(why_after(good_signal(), [](signal& s) { s.id = ""; }), "signal: bad id");
  EXPECT_EQ(why_after(good_signal(), [](signal& s) { s.horizon = 7; }), "signal: unknown horizon");
  EXPECT_EQ(why_after(good_signal(), [](signal& s) { s.type = static_cast<signal_type>(3); }),
            "signal: unknown type");
  EXPECT_EQ(why_after(good_signal(), [](signal& s) { s.odds.resize(1), s.odds[0].p_sl = nan; }),
            "signal: a value is not finite");
  EXPECT_EQ(why_after(good_prediction(), [](prediction& p) { p.low_quantiles[8] = nan; }),
            "prediction: a value is not finite");
  EXPECT_EQ(why_after(good_prediction(), [](prediction& p) { p.symbol = "x"; }),
            "prediction: bad symbol");
}

TEST(storable, every_text_and_list_has_a_bound) {
  const std::string long_name(max_name_bytes + 1, 'x');
  EXPECT_NE(why_after(good_signal(), [&](signal& s) { s.strategy = long_name; }), "");
  EXPECT_NE(why_after(good_signal(), [](signal& s) { s.odds.resize(max_signal_odds + 1); }), "");
  EXPECT_NE(why_after(good_signal(), [](signal& s) { s.reasons.resize(max_signal_reasons + 1); }),
            "");
  EXPECT_NE(why_after(good_signal(),
                      [](signal& s) { s.reasons = {std::string(max_text_bytes + 1, 'x')}; }),
            "");
  EXPECT_NE(why_unstorable(put_note{long_name, ""}), "");
  EXPECT_NE(why_unstorable(put_note{"x", std::string(max_text_bytes + 1, 'x')}), "");
}

TEST(storable, names_and_notes_are_utf8_without_a_zero_byte) {
  for (const auto& bad : {std::string{"caf\xe9"}, std::string{"a\0b", 3}}) {
    EXPECT_EQ(why_unstorable(put_candles{"BTCUSDT", bad, {}}), "candles: bad source");
    EXPECT_NE(why_after(good_signal(), [&](signal& s) { s.id = bad; }), "");
    EXPECT_NE(why_after(good_signal(), [&](signal& s) { s.amd_phase = bad; }), "");
    EXPECT_NE(why_after(good_prediction(), [&](prediction& p) { p.model_version = bad; }), "");
    EXPECT_NE(why_unstorable(put_note{bad, ""}), "");
    EXPECT_NE(why_unstorable(put_note{"x", bad}), "");
  }
  EXPECT_EQ(why_unstorable(put_note{"café", "☕"}), "");
}

} // namespace troupe
