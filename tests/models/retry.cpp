#include "models/retry.hpp"

#include <gtest/gtest.h>

using namespace troupe;

namespace {

failed_attempt attempt(std::uint32_t n) { return {n, true, 1000, 1'000'000, 0}; }

} // namespace

TEST(retry, there_are_three_attempts) {
  EXPECT_TRUE(retry_wait({}, attempt(1), .5));
  EXPECT_TRUE(retry_wait({}, attempt(2), .5));
  EXPECT_FALSE(retry_wait({}, attempt(3), .5));
  EXPECT_FALSE(retry_wait({1, 1000}, attempt(1), 0));
  EXPECT_FALSE(retry_wait({0, 1000}, attempt(1), 0));
}

TEST(retry, the_wait_is_uniform_from_zero_to_a_second_times_the_attempt) {
  EXPECT_EQ(retry_wait({}, attempt(1), 0), 0);
  EXPECT_EQ(retry_wait({}, attempt(1), .25), 250);
  EXPECT_EQ(retry_wait({}, attempt(2), .25), 500);
  EXPECT_EQ(retry_wait({}, attempt(2), .999), 1998);
  EXPECT_EQ(retry_wait({3, 10}, attempt(1), .5), 5);
}

TEST(retry, what_is_not_safe_is_never_repeated) {
  auto a = attempt(1);
  a.safe_to_repeat = false;
  EXPECT_FALSE(retry_wait({}, a, 0));
}

TEST(retry, it_never_goes_past_the_deadline) {
  auto a = attempt(1);
  a.deadline_ms = a.now_ms + 500;
  EXPECT_EQ(retry_wait({}, a, .499), 499);
  EXPECT_FALSE(retry_wait({}, a, .5));
  a.deadline_ms = a.now_ms;
  EXPECT_FALSE(retry_wait({}, a, 0));
}

TEST(retry, what_the_service_asked_for_is_waited_at_least) {
  auto a = attempt(1);
  a.at_least_ms = 3000;
  EXPECT_EQ(retry_wait({}, a, .9), 3000);
  a.at_least_ms = 100;
  EXPECT_EQ(retry_wait({}, a, .9), 900);
  a.at_least_ms = 2'000'000;
  EXPECT_FALSE(retry_wait({}, a, .9));
}
