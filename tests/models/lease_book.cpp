// The leases' rules, on a clock of the test's.
#include "models/lease_book.hpp"

#include <gtest/gtest.h>

using namespace troupe;

namespace {

node_entry node(const std::string& name, std::uint32_t protocol = cluster_protocol) {
  node_entry out;
  out.name = name;
  out.address = "host:1";
  out.protocol = protocol;
  return out;
}

} // namespace

TEST(lease_book, a_shard_is_free_only_when_its_owner_s_lease_is_over) {
  lease_book book;
  book.join(node("a"), 100, 0), book.join(node("b"), 1000, 0);
  ASSERT_EQ(book.take("a", 1, {3, 4}, 0).size(), 2u);
  EXPECT_TRUE(book.take("b", 1, {3}, 99).empty());
  const auto taken = book.take("b", 1, {3}, 100);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].epoch, 2u);
  EXPECT_TRUE(book.owns("b", taken[0]));
  EXPECT_FALSE(book.owns("a", {3, 1}));
  EXPECT_TRUE(book.owns("a", {4, 1})) << "dead, but nobody took it";
}

TEST(lease_book, a_newer_process_fences_the_older_of_its_name) {
  lease_book book;
  book.join(node("a"), 100, 0);
  book.take("a", 1, {3}, 0);
  EXPECT_EQ(book.join(node("a"), 100, 1), 2u);
  EXPECT_FALSE(book.beat("a", 1, 100, false, 2));
  EXPECT_TRUE(book.take("a", 1, {5}, 2).empty());
  EXPECT_EQ(book.release("a", 1, {3}, {1}), 1u) << "it was its own";
  EXPECT_EQ(book.take("a", 2, {3}, 2).size(), 1u);
  EXPECT_EQ(book.release("a", 1, {3}, {9}), 0u);
}

TEST(lease_book, a_release_that_comes_late_does_not_take_what_was_taken_anew) {
  lease_book book;
  book.join(node("a"), 100, 0);
  book.take("a", 1, {3}, 0);
  EXPECT_EQ(book.release("a", 1, {3}, {1}), 1u);
  book.take("a", 1, {3}, 0);
  EXPECT_EQ(book.release("a", 1, {3}, {1}), 0u);
  EXPECT_TRUE(book.owns("a", {3, 2}));
}

TEST(lease_book, who_does_not_live_takes_nothing) {
  lease_book book;
  EXPECT_TRUE(book.take("a", 1, {3}, 0).empty());
  book.join(node("a"), 100, 0);
  EXPECT_TRUE(book.take("a", 1, {3}, 100).empty());
  EXPECT_TRUE(book.beat("a", 1, 100, false, 100)) << "late, but nobody minds";
  EXPECT_EQ(book.take("a", 1, {3, 999}, 100).size(), 1u);
}

TEST(lease_book, another_protocol_beside_one_that_lives_is_refused) {
  lease_book book;
  book.join(node("a"), 100, 0);
  EXPECT_FALSE(book.join(node("b", 2), 100, 99));
  EXPECT_TRUE(book.join(node("b", 2), 100, 100));
}
