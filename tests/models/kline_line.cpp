#include "models/market/kline_line.hpp"

#include <gtest/gtest.h>

using namespace troupe;

namespace {

const std::string good =
    "1704067200000,42283.58,42397.23,42261.02,42397.23,155.25731,1704067499999,0,0,0,0,0";
const candle good_candle{1704067200000, 42283.58, 42397.23, 42261.02, 42397.23, 155.25731};

void expect_good(const std::string& line) {
  const auto parsed = parse_kline(line);
  ASSERT_TRUE(std::holds_alternative<candle>(parsed)) << line;
  EXPECT_EQ(std::get<candle>(parsed), good_candle) << line;
}

void expect_bad(const std::string& line, int column, const std::string& part) {
  const auto parsed = parse_kline(line);
  ASSERT_TRUE(std::holds_alternative<kline_error>(parsed)) << line;
  EXPECT_EQ(std::get<kline_error>(parsed).column, column) << line;
  EXPECT_NE(std::get<kline_error>(parsed).reason.find(part), std::string::npos)
      << line << ": " << std::get<kline_error>(parsed).reason;
}

} // namespace

TEST(kline_line, twelve_columns_or_six_are_a_candle) {
  expect_good(good);
  expect_good("1704067200000,42283.58,42397.23,42261.02,42397.23,155.25731");
  expect_good("1704067200000,42283.58,42397.23,42261.02,42397.23,155.25731,junk,,x");
}

TEST(kline_line, microseconds_are_read_as_such) {
  expect_good("1704067200000000,42283.58,42397.23,42261.02,42397.23,155.25731");
}

TEST(kline_line, spaces_quotes_and_line_ends_are_tolerated) {
  expect_good(good + "\r\n");
  expect_good("\xEF\xBB\xBF" + good);
  expect_good(" \"1704067200000\", \"42283.58\",42397.23 ,\t42261.02,42397.23,\"155.25731\"\r");
}

TEST(kline_line, a_header_and_a_blank_are_not_errors) {
  for (auto header : {"open_time,open,high,low,close,volume,close_time", "Open time,Open",
                      "timestamp", "\"Date\",\"Open\"\r", "\xEF\xBB\xBFopen_time,open"})
    EXPECT_TRUE(std::holds_alternative<kline_header>(parse_kline(header))) << header;
  for (auto blank : {"", "\r", "  \t", "\"\"", "\n"})
    EXPECT_TRUE(std::holds_alternative<kline_blank>(parse_kline(blank)));
}

TEST(kline_line, too_few_columns_are_counted) {
  expect_bad("1704067200000,1,2,1", 0, "4 columns instead of 6");
  expect_bad("hello", 0, "1 column instead");
  expect_bad(std::string(3, '\0'), 0, "1 column");
}

TEST(kline_line, a_time_must_be_on_a_base_slot_and_in_a_known_unit) {
  expect_bad("x,1,1,1,1,1", 1, "(open_time): \"x\" is not a time");
  expect_bad(",1,1,1,1,1", 1, "nothing is not a time");
  expect_bad("1704067200,1,1,1,1,1", 1, "too small");
  expect_bad("-1704067200000,1,1,1,1,1", 1, "too small");
  expect_bad("1704067200001,1,1,1,1,1", 1, "full five minutes");
  expect_bad("1704067200000001,1,1,1,1,1", 1, "full five minutes");
  expect_bad("1704067200000000000,1,1,1,1,1", 1, "too large");
  expect_bad("99999999999999999999999,1,1,1,1,1", 1, "not a time");
  expect_bad("1704067200000.5,1,1,1,1,1", 1, "not a time");
}

TEST(kline_line, numbers_are_plain_and_finite) {
  expect_bad("1704067200000,1x,1,1,1,1", 2, "column 2 (open): \"1x\" is not a number");
  expect_bad("1704067200000,1,,1,1,1", 3, "nothing is not a number");
  expect_bad("1704067200000,1,1,nan,1,1", 4, "not finite");
  expect_bad("1704067200000,1,inf,1,1,1", 3, "not finite");
  expect_bad("1704067200000,1,1,1,0x10,1", 5, "not a number");
  expect_bad("1704067200000,1,1,1,1,1e999", 6, "not a number");
  expect_bad("1704067200000,+1,1,1,1,1", 2, "not a number");
  expect_bad("1704067200000,\x01\xff,1,1,1,1", 2, "\"??\"");
}

TEST(kline_line, a_candle_must_make_sense) {
  expect_bad("1704067200000,0,1,1,1,1", 2, "not a price above 0");
  expect_bad("1704067200000,1,1,-1,1,1", 4, "not a price above 0");
  expect_bad("1704067200000,1,1,1,1,-1", 6, "negative volume");
  expect_bad("1704067200000,2,1,3,2,1", 3, "below the low");
  expect_bad("1704067200000,2,2.5,1,3,1", 3, "below the open or close");
  expect_bad("1704067200000,2,3,1.5,1,1", 4, "above the open or close");
}

TEST(kline_line, no_volume_is_a_candle) {
  EXPECT_TRUE(std::holds_alternative<candle>(parse_kline("1704067200000,1,1,1,1,0")));
}
