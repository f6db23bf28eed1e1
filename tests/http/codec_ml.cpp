// What the user API adds to predictions and signals, by tables.
#include "http/codec_ml.hpp"

#include "node.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace troupe::test {

namespace {

using nlohmann::json;

std::string dollars(double price) {
  std::string out;
  append_dollars(out, price);
  return out;
}

} // namespace

// Each as node's toLocaleString('en-US') prints it.
TEST(codec_ml, prices_are_printed_as_the_reference_prints_them) {
  struct row {
    double price;
    const char* text;
  };
  for (const auto& [price, text] : {row{43250.5, "$43,250.5"},
                                    row{0, "$0"},
                                    row{1, "$1"},
                                    row{12, "$12"},
                                    row{123, "$123"},
                                    row{1234, "$1,234"},
                                    row{1234567.891, "$1,234,567.891"},
                                    row{0.5, "$0.5"},
                                    row{1.0005, "$1.001"},
                                    row{1.0835, "$1.084"},
                                    row{1.08345, "$1.083"},
                                    row{999.9995, "$1,000"},
                                    row{999999.9996, "$1,000,000"},
                                    row{0.0004, "$0"},
                                    row{0.0005, "$0.001"},
                                    row{1e21, "$1,000,000,000,000,000,000,000"},
                                    row{2.0015, "$2.002"},
                                    row{-1.5, "$-1.5"},
                                    row{123456789.125, "$123,456,789.125"},
                                    row{1e-7, "$0"},
                                    row{9.9995, "$10"},
                                    row{3.0004999999999997, "$3"}})
    EXPECT_EQ(dollars(price), text);
  EXPECT_EQ(dollars(std::numeric_limits<double>::infinity()), "null");
  EXPECT_FALSE(dollars(std::numeric_limits<double>::max()).empty());
  EXPECT_EQ(dollars(std::numeric_limits<double>::denorm_min()), "$0");
}

TEST(codec_ml, every_type_has_its_emoji) {
  EXPECT_EQ(emoji_of(signal_type::buy), "\xF0\x9F\x93\x88");
  EXPECT_EQ(emoji_of(signal_type::sell), "\xF0\x9F\x93\x89");
  EXPECT_EQ(emoji_of(signal_type::hold), "\xE2\x8F\xB8\xEF\xB8\x8F");
  EXPECT_EQ(emoji_of(static_cast<signal_type>(9)), "\xE2\x9D\x93");
}

TEST(codec_ml, a_confidence_is_labelled_from_its_bound_on) {
  struct row {
    double confidence;
    const char* label;
  };
  for (const auto& [confidence, label] :
       {row{1, "Very High"}, row{0.8, "Very High"}, row{0.7999, "High"}, row{0.65, "High"},
        row{0.6499, "Medium"}, row{0.5, "Medium"}, row{0.4999, "Low"}, row{0, "Low"},
        row{std::nan(""), "Low"}})
    EXPECT_EQ(confidence_label(confidence), label) << confidence;
}

TEST(codec_ml, a_users_body_is_the_engines_and_a_few_fields_more) {
  std::string engine, user;
  append_prediction(engine, sample_prediction("BTCUSDT", 6));
  append_user_prediction(user, sample_prediction("BTCUSDT", 6));
  EXPECT_EQ(user,
            engine.substr(0, engine.size() - 1)
                + R"(,"formattedPredictedHigh":"$1,250","formattedPredictedLow":"$875",)"
                  R"("confidenceLabel":"Very High"})");
  engine.clear(), user.clear();
  append_signal(engine, sample_signal("BTCUSDT", 6));
  append_user_signal(user, sample_signal("BTCUSDT", 6));
  EXPECT_EQ(user,
            engine.substr(0, engine.size() - 1)
                + R"(,"formattedPredictedHigh":"$1,030","formattedPredictedLow":"$995",)"
                  "\"signalEmoji\":\"📈\",\"confidenceLabel\":\"Medium\"}");
  user.clear();
  append_user_signal(user, sample_signal("BTCUSDT", 6), {false, false});
  EXPECT_FALSE(json::parse(user).contains("formattedPredictedHigh"));
}

TEST(codec_ml, a_bulletin_is_encoded_by_horizon) {
  auto said = sample_bulletin("BTCUSDT");
  said.predictions.erase(said.predictions.begin());
  const auto all = encode_user_answers(said);
  EXPECT_TRUE(all->predictions[0].empty());
  EXPECT_EQ(json::parse(all->predictions[3])["horizon"], 72);
  EXPECT_EQ(json::parse(all->signals[1].body)["horizon"], 18);
  EXPECT_EQ(all->signals[1].id, "BTCUSDT-18");
  EXPECT_EQ(all->signals[1].created_at, noon + base_interval_ms);
  EXPECT_TRUE(all->signals[2].body.empty());
}

} // namespace troupe::test
