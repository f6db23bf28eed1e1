// What plans allow, and how it is counted in one process.
#include "models/plan_limits.hpp"

#include <gtest/gtest.h>

#include <array>

namespace troupe {

namespace {

constexpr utc_ms midnight = 1767571200000; // 2026-01-05T00:00:00Z
constexpr utc_ms noon = midnight + 12 * hour_ms;

constexpr std::array kinds{limit_kind::predictions, limit_kind::signals, limit_kind::indicators,
                           limit_kind::chat,        limit_kind::paper,   limit_kind::payments};

TEST(limits_of_plans, the_table_is_the_contract_s) {
  const std::array<std::array<std::uint32_t, 4>, 6> wanted{{{3, 10, 100, 1000},
                                                            {3, 10, 100, 1000},
                                                            {10, 50, 500, 5000},
                                                            {10, 50, 200, unlimited},
                                                            {10, 30, 100, 300},
                                                            {5, 10, 20, 50}}};
  for (std::size_t k = 0; k < kinds.size(); ++k)
    for (std::size_t p = 0; p < 4; ++p)
      EXPECT_EQ(plan_limits{}.of(static_cast<user_plan>(p), kinds[k]), wanted[k][p])
          << to_string(kinds[k]) << " of plan " << p;
}

TEST(limits_of_plans, a_factor_widens_all_but_what_is_unlimited) {
  const plan_limits wide{1'000'000};
  EXPECT_EQ(wide.of(user_plan::free, limit_kind::predictions), 3'000'000u);
  EXPECT_EQ(wide.of(user_plan::premium, limit_kind::indicators), 4'294'967'295u) << "at most";
  EXPECT_EQ(wide.of(user_plan::premium, limit_kind::chat), unlimited);
  window_counts counts{plan_limits{2}};
  for (int i = 0; i < 6; ++i)
    EXPECT_TRUE(counts.take({"ada", user_plan::free, limit_kind::signals, noon}).ok);
  EXPECT_FALSE(counts.take({"ada", user_plan::free, limit_kind::signals, noon}).ok);
  EXPECT_EQ(counts.report({"ada", user_plan::free, noon}).signals.limit, 6u);
}

TEST(limits_of_plans, an_address_has_a_hundred_a_minute_whatever_plan_and_factor) {
  for (std::size_t p = 0; p < 4; ++p)
    EXPECT_EQ(plan_limits{7}.of(static_cast<user_plan>(p), limit_kind::address), 100u);
  EXPECT_EQ(window_of(limit_kind::address, noon + 59'999).begin, noon);
  EXPECT_EQ(limit_key(limit_kind::address, window_of(limit_kind::address, noon), "::1"),
            "address:1767614400:::1");
}

TEST(limits_of_plans, windows_are_utc_days_and_minutes) {
  EXPECT_EQ(window_of(limit_kind::predictions, midnight).begin, midnight);
  EXPECT_EQ(window_of(limit_kind::predictions, midnight - 1).end, midnight);
  EXPECT_EQ(window_of(limit_kind::chat, noon).end, midnight + day_ms);
  EXPECT_EQ(window_of(limit_kind::paper, noon + 59'999).begin, noon);
  EXPECT_EQ(window_of(limit_kind::payments, noon + 59'999).end, noon + minute_ms);
}

TEST(limits_of_plans, as_many_pass_as_the_plan_allows_and_a_refused_one_is_not_counted) {
  window_counts counts;
  const take_allowance one{"ada", user_plan::basic, limit_kind::predictions, noon};
  for (std::uint32_t i = 1; i <= 10; ++i) {
    const auto left = counts.take(one);
    EXPECT_TRUE(left.ok);
    EXPECT_EQ(left.limit, 10u);
    EXPECT_EQ(left.remaining, 10 - i);
    EXPECT_EQ(left.resets_at, midnight + day_ms);
  }
  for (int i = 0; i < 3; ++i) {
    const auto left = counts.take(one);
    EXPECT_FALSE(left.ok);
    EXPECT_EQ(left.remaining, 0u);
  }
  EXPECT_EQ(counts.report({"ada", user_plan::basic, noon}).predictions.used, 10u);
  counts.give_back({"ada", limit_kind::predictions, noon});
  EXPECT_TRUE(counts.take(one).ok) << "the refused ones have not used up what was given back";
  EXPECT_FALSE(counts.take(one).ok);
}

TEST(limits_of_plans, users_kinds_and_windows_are_counted_apart) {
  window_counts counts;
  take_allowance one{"ada", user_plan::free, limit_kind::signals, midnight - 1};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(counts.take(one).ok);
  EXPECT_FALSE(counts.take(one).ok);
  auto next = one;
  next.at = midnight;
  EXPECT_TRUE(counts.take(next).ok) << "a new day";
  EXPECT_FALSE(counts.take(one).ok) << "one that was stamped yesterday counts there";
  next = one;
  next.kind = limit_kind::predictions;
  EXPECT_TRUE(counts.take(next).ok);
  next = one;
  next.user = "bob";
  EXPECT_TRUE(counts.take(next).ok);
  next = one;
  next.plan = user_plan::basic;
  EXPECT_EQ(counts.take(next).remaining, 6u) << "a better plan keeps what is used up";
}

TEST(limits_of_plans, what_is_unlimited_is_not_counted) {
  window_counts counts;
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(counts.take({"ada", user_plan::premium, limit_kind::chat, noon}).ok);
  EXPECT_EQ(counts.size(), 0u);
}

TEST(limits_of_plans, nothing_is_given_back_that_was_not_taken) {
  window_counts counts;
  counts.give_back({"ada", limit_kind::signals, noon});
  counts.take({"ada", user_plan::free, limit_kind::signals, noon});
  counts.give_back({"ada", limit_kind::signals, noon + day_ms});
  EXPECT_EQ(counts.report({"ada", user_plan::free, noon}).signals.used, 1u);
  counts.give_back({"ada", limit_kind::signals, noon});
  counts.give_back({"ada", limit_kind::signals, noon});
  const auto seen = counts.report({"ada", user_plan::free, noon});
  EXPECT_EQ(seen.signals.used, 0u);
  EXPECT_EQ(seen.signals.remaining(), 3u);
  EXPECT_EQ(seen.indicators.limit, 10u);
  EXPECT_EQ(seen.resets_at, midnight + day_ms);
}

TEST(limits_of_plans, what_others_counted_is_taken_over_and_never_lowered) {
  window_counts counts;
  counts.learn("ada", limit_kind::predictions, noon, 9);
  counts.learn("ada", limit_kind::predictions, noon, 4);
  const take_allowance one{"ada", user_plan::basic, limit_kind::predictions, noon};
  EXPECT_TRUE(counts.take(one).ok);
  EXPECT_FALSE(counts.take(one).ok);
}

TEST(limits_of_plans, a_report_after_a_smaller_plan_stays_within_it) {
  EXPECT_EQ(use_of(3, 7).used, 3u);
  EXPECT_EQ(use_of(3, 7).remaining(), 0u);
}

TEST(limits_of_plans, memory_is_bounded_and_past_windows_make_room) {
  window_counts counts{plan_limits{}, 100};
  const auto take = [&](const std::string& user, utc_ms at) {
    return counts.take({user, user_plan::free, limit_kind::payments, at});
  };
  for (int i = 0; i < 100; ++i) take("user" + std::to_string(i), noon);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(take("stranger" + std::to_string(i), noon).ok);
  EXPECT_FALSE(take("one more", noon).ok) << "strangers share one count";
  EXPECT_TRUE(take("user7", noon).ok) << "those known before are not harmed";
  EXPECT_LE(counts.size(), 101u);
  EXPECT_TRUE(take("one more", noon + 2 * minute_ms).ok);
  EXPECT_EQ(counts.size(), 1u);
}

TEST(limits_of_plans, past_windows_are_forgotten_long_before_the_bound) {
  window_counts counts;
  for (int i = 0; i < 100'000; ++i)
    counts.take({"user" + std::to_string(i % 100), user_plan::free, limit_kind::paper,
                 noon + i * second_ms});
  EXPECT_LE(counts.size(), 1024u);
}

} // namespace

} // namespace troupe
