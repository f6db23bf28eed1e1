#include "models/placement.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

using namespace troupe;

// The published values of FNV-1a in 64 bits, mod 256: journals keep them.
TEST(placement, is_the_same_for_ever) {
  EXPECT_EQ(shard_of("a"), 0x8cu);
  EXPECT_EQ(shard_of("foobar"), 0xe8u);
}

TEST(placement, spreads_accounts_over_all_shards) {
  std::array<int, shard_count> counts{};
  for (int i = 0; i < 100 * static_cast<int>(shard_count); ++i)
    ++counts.at(shard_of("acc-" + std::to_string(i)));
  for (const auto count : counts) {
    EXPECT_GT(count, 50);
    EXPECT_LT(count, 200);
  }
}
