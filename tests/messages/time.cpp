// UTC texts: a table of both directions.
#include "messages/time.hpp"

#include <gtest/gtest.h>

using namespace troupe;

TEST(utc_time, is_written_with_milliseconds_or_microseconds) {
  EXPECT_EQ(to_iso8601(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(1767607200123), "2026-01-05T10:00:00.123Z");
  EXPECT_EQ(to_iso8601(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_iso8601(951782400000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_iso8601_us(1767607200123456), "2026-01-05T10:00:00.123456Z");
  EXPECT_EQ(to_iso8601(INT64_MAX).substr(0, 4), "9999");
}

TEST(utc_time, is_read_in_four_lengths_and_nothing_else) {
  utc_ms at = 7;
  EXPECT_TRUE(parse_iso8601("2024-02-29", at));
  EXPECT_EQ(at, 1709164800000);
  EXPECT_TRUE(parse_iso8601("2026-01-05T10:00", at));
  EXPECT_EQ(at, 1767607200000);
  EXPECT_TRUE(parse_iso8601("2026-01-05T10:00:07Z", at));
  EXPECT_EQ(at, 1767607207000);
  EXPECT_TRUE(parse_iso8601("2026-01-05T10:00:07.089Z", at));
  EXPECT_EQ(at, 1767607207089);
  at = 7;
  for (auto bad : {"", "2023-02-29", "2026-13-01", "2026-01-05 10:00", "2026-01-05T24:00",
                   "2026-01-05T10:0", "26-01-05", "2026-01-0x", "2026-01-05Z", "2026-1-05T10"})
    EXPECT_FALSE(parse_iso8601(bad, at)) << bad;
  EXPECT_EQ(at, 7) << "a refused text leaves the value alone";
}

TEST(utc_time, survives_a_round_trip_through_text) {
  for (utc_ms at = -62135596800000; at < 253402300799999; at += 7777777777777) {
    utc_ms back = 0;
    ASSERT_TRUE(parse_iso8601(to_iso8601(at), back)) << at;
    EXPECT_EQ(back, at);
  }
}
