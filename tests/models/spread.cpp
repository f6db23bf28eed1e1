#include "models/market/spread.hpp"

#include <gtest/gtest.h>

#include <cmath>

using namespace troupe;

namespace {

constexpr utc_ms noon = 1720008000000; // 2024-07-03 12:00 UTC

quote at(utc_ms time, double spread) { return {"BTCUSDT", 100, 100 + spread, 0, 0, time}; }

} // namespace

TEST(spread, a_piece_adds_up_its_quotes) {
  spread_piece piece;
  EXPECT_FALSE(piece.cut());
  for (double s : {0.5, 0.25, 0.75}) EXPECT_FALSE(piece.take(at(noon + 1000, s)));
  const auto row = piece.cut();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->symbol, "BTCUSDT");
  EXPECT_EQ(row->count, 3u);
  EXPECT_EQ(row->sum, 1.5);
  EXPECT_EQ(row->min, 0.25);
  EXPECT_EQ(row->max, 0.75);
  EXPECT_EQ(row->from, noon + 1000);
}

TEST(spread, a_piece_ends_with_its_hour_and_after_ten_minutes) {
  spread_piece piece;
  piece.take(at(noon - 2000, 1));
  const auto before = piece.take(at(noon, 2));
  ASSERT_TRUE(before);
  EXPECT_EQ(before->to, noon - 2000);
  EXPECT_FALSE(piece.take(at(noon + 10 * minute_ms - 1, 2)));
  const auto ended = piece.take(at(noon + 10 * minute_ms, 4));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->count, 2u);
  EXPECT_EQ(piece.cut()->max, 4);
}

TEST(spread, what_is_no_quote_is_left_out) {
  spread_piece piece;
  for (auto& q : {quote{"X", 0, 1, 0, 0, noon}, quote{"X", 2, 1, 0, 0, noon},
                  quote{"X", NAN, 1, 0, 0, noon}, quote{"X", 1, INFINITY, 0, 0, noon}})
    EXPECT_FALSE(sane(q));
  piece.take({"X", 2, 1, 0, 0, noon});
  EXPECT_FALSE(piece.cut());
  piece.take(at(noon, 1));
  piece.take(at(noon - 1, 9)); // from before the piece
  EXPECT_EQ(piece.cut()->count, 1u);
}

TEST(spread, sessions_are_hours_of_the_utc_day) {
  EXPECT_EQ(parse_session("all")->to, 24);
  EXPECT_EQ(parse_session("asia")->from, 0);
  EXPECT_EQ(parse_session("london")->from, 7);
  EXPECT_EQ(parse_session("new_york")->to, 21);
  EXPECT_FALSE(parse_session("Asia"));
  EXPECT_FALSE(parse_session(""));
}
