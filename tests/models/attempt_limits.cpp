#include "models/attempt_limits.hpp"

#include <gtest/gtest.h>

namespace troupe {

namespace {

constexpr utc_ms start = 1767609000000;

TEST(attempt_limits, five_pass_in_any_minute) {
  attempt_limits limits;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(limits.wait_ms("a", start + i * 1000), 0);
    limits.count("a", start + i * 1000);
  }
  EXPECT_EQ(limits.wait_ms("a", start + 10'000), 50'000);
  EXPECT_EQ(limits.wait_ms("b", start + 10'000), 0) << "another name has its own five";
  EXPECT_EQ(limits.wait_ms("a", start + minute_ms - 1), 1);
  EXPECT_EQ(limits.wait_ms("a", start + minute_ms), 0);
  limits.count("a", start + minute_ms);
  EXPECT_EQ(limits.wait_ms("a", start + minute_ms), 1000) << "no fresh five at a minute's turn";
}

TEST(attempt_limits, a_clock_that_is_set_back_locks_nobody_out) {
  attempt_limits limits;
  for (int i = 0; i < 5; ++i) limits.count("a", start);
  EXPECT_EQ(limits.wait_ms("a", start - hour_ms), 0);
}

TEST(attempt_limits, a_flood_of_names_is_bounded_and_shares_one_count) {
  attempt_limits limits{5, 100};
  for (int i = 0; i < 100; ++i) limits.count("name" + std::to_string(i), start);
  for (int i = 0; i < 5; ++i) limits.count("stranger" + std::to_string(i), start + 1);
  EXPECT_EQ(limits.names(), 100u);
  EXPECT_GT(limits.wait_ms("one more", start + 2), 0);
  EXPECT_EQ(limits.wait_ms("name7", start + 2), 0) << "those known before are not harmed";
  EXPECT_EQ(limits.wait_ms("one more", start + minute_ms + 2), 0) << "past names make room";
  EXPECT_LE(limits.names(), 100u);
}

TEST(try_counts, count_against_both_names_or_neither) {
  try_counts counts{2};
  struct row {
    const char *address, *whom;
    utc_ms wait;
  };
  for (const auto& r :
       {row{"a", "ada", 0}, row{"a", "bob", 0}, row{"a", "eve", minute_ms}, row{"b", "eve", 0},
        row{"b", "eve", 0}, row{"c", "eve", minute_ms}, row{"c", "", 0}, row{"", "ada", 0},
        row{"", "ada", minute_ms}, row{"", "", 0}})
    EXPECT_EQ(counts.take({r.address, r.whom, start}), r.wait) << r.address << ' ' << r.whom;
  EXPECT_EQ(counts.wait_ms({"a", "", start + 1}), minute_ms - 1);
  counts.learn({"c", "", start});
  EXPECT_EQ(counts.wait_ms({"c", "", start}), minute_ms) << "what others let pass counts";
}

} // namespace

} // namespace troupe
