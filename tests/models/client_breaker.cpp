#include "models/client_breaker.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace troupe;

namespace {

constexpr std::int64_t minute = 60'000;

// A breaker of 3 failures and a minute that opened at `at`.
client_breaker opened(std::int64_t at) {
  client_breaker b{3, minute};
  for (int i = 0; i < 3; ++i) b.failed(*b.admit(at), at);
  return b;
}

} // namespace

TEST(client_breaker, it_opens_at_exactly_the_nth_failure_in_a_row) {
  for (const auto& row : dependency_table) {
    client_breaker b{row.failures, row.retry_after_ms};
    for (std::uint32_t i = 1; i < row.failures; ++i) b.failed(*b.admit(7), 7);
    EXPECT_EQ(b.now(), client_breaker::state::closed) << row.name;
    b.failed(*b.admit(7), 7);
    EXPECT_EQ(b.now(), client_breaker::state::open) << row.name;
    EXPECT_EQ(b.opened_at_ms(), 7);
    EXPECT_FALSE(b.admit(7 + row.retry_after_ms - 1)) << row.name;
    EXPECT_TRUE(b.admit(7 + row.retry_after_ms)) << row.name;
  }
}

TEST(client_breaker, the_services_are_treated_as_the_contract_says) {
  const auto is = [](const dependency_limits& d, std::uint32_t failures, int timeout_s,
                     int again_s) {
    return d.failures == failures && d.timeout_ms == timeout_s * 1000
        && d.retry_after_ms == again_s * 1000;
  };
  EXPECT_TRUE(is(ml_engine_limits, 5, 30, 60));
  EXPECT_TRUE(is(market_data_limits, 3, 60, 300));
  EXPECT_TRUE(is(broker_limits, 10, 10, 30));
  EXPECT_TRUE(is(llm_limits, 5, 60, 60));
  EXPECT_TRUE(is(stripe_limits, 5, 30, 60));
}

TEST(client_breaker, a_success_forgets_the_failures_before_it) {
  client_breaker b{3, minute};
  for (int round = 0; round < 5; ++round) {
    b.failed(*b.admit(0), 0);
    b.failed(*b.admit(0), 0);
    b.succeeded(*b.admit(0));
    EXPECT_EQ(b.failures(), 0u);
  }
  EXPECT_EQ(b.now(), client_breaker::state::closed);
}

TEST(client_breaker, exactly_one_probe_is_let_through) {
  auto b = opened(0);
  EXPECT_TRUE(b.admits(minute));
  EXPECT_EQ(b.now(), client_breaker::state::open); // asking changes nothing
  const auto probe = b.admit(minute);
  ASSERT_TRUE(probe);
  EXPECT_EQ(b.now(), client_breaker::state::half_open);
  for (auto t : {minute, 2 * minute, 100 * minute}) EXPECT_FALSE(b.admit(t));
  b.succeeded(*probe);
  EXPECT_EQ(b.now(), client_breaker::state::closed);
  EXPECT_EQ(b.failures(), 0u);
  EXPECT_TRUE(b.admit(minute));
}

TEST(client_breaker, a_probe_that_fails_opens_it_for_the_whole_time_again) {
  auto b = opened(0);
  b.failed(*b.admit(minute), minute + 500);
  EXPECT_EQ(b.now(), client_breaker::state::open);
  EXPECT_EQ(b.failures(), 4u);
  EXPECT_FALSE(b.admit(2 * minute + 499));
  EXPECT_TRUE(b.admit(2 * minute + 500));
}

TEST(client_breaker, a_probe_that_was_not_sent_makes_room_for_the_next) {
  auto b = opened(0);
  b.withdrawn(*b.admit(minute));
  EXPECT_EQ(b.now(), client_breaker::state::open);
  EXPECT_TRUE(b.admit(minute));
}

TEST(client_breaker, answers_from_before_a_change_say_nothing) {
  client_breaker b{3, minute};
  const auto early = b.admit(0), late = b.admit(0);
  for (int i = 0; i < 3; ++i) b.failed(*b.admit(0), 0);
  b.succeeded(*early);
  EXPECT_EQ(b.now(), client_breaker::state::open);
  b.failed(*late, 10);
  EXPECT_EQ(b.opened_at_ms(), 0);
  const auto probe = b.admit(minute);
  b.failed(*late, minute);
  b.withdrawn(*late);
  b.succeeded(*late);
  EXPECT_EQ(b.now(), client_breaker::state::half_open);
  b.succeeded(*probe);
  b.failed(*probe, minute); // handed back twice
  EXPECT_EQ(b.failures(), 0u);
}

// Whatever happens: never two probes at once, never a pass while open before its time.
TEST(client_breaker, random_histories_keep_the_rules) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 dice{seed};
    client_breaker b{1 + seed % 4, 50};
    std::vector<client_breaker::pass> out;
    std::int64_t t = 0;
    for (int step = 0; step < 400; ++step) {
      t += dice() % 20;
      const auto before = b.now();
      const auto next_try = b.next_try_ms();
      if (dice() % 2 == 0) {
        const auto p = b.admit(t);
        if (before == client_breaker::state::half_open) {
          ASSERT_FALSE(p);
        }
        if (before == client_breaker::state::open) {
          ASSERT_EQ(p.has_value(), t >= next_try);
        }
        if (before == client_breaker::state::closed) {
          ASSERT_TRUE(p);
        }
        if (p) out.push_back(*p);
      } else if (!out.empty()) {
        const auto i = dice() % out.size();
        const auto p = out[i];
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(i));
        switch (dice() % 3) {
        case 0: b.succeeded(p); break;
        case 1: b.failed(p, t); break;
        default: b.withdrawn(p);
        }
        // Open is left by a probe alone.
        if (before == client_breaker::state::open) {
          ASSERT_EQ(b.now(), before);
        }
      }
    }
  }
}
