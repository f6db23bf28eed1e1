#include "models/journal_heads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace troupe {

namespace {

account_head at_version(std::uint64_t version, std::uint64_t written) {
  account_head head;
  head.number = 1;
  head.version = version;
  head.written = written;
  return head;
}

account_id name(int i) { return "acc-" + std::to_string(i); }

using ids = std::vector<account_id>;

ids names(const head_book& book) {
  ids out;
  for (const auto& [account, head] : book.behind(10)) out.push_back(account);
  return out;
}

} // namespace

TEST(head_book, knows_what_was_put_last) {
  head_book book{100};
  EXPECT_EQ(book.find("a"), nullptr);
  book.put("a", at_version(3, 3));
  book.put("a", at_version(4, 4));
  ASSERT_NE(book.find("a"), nullptr);
  EXPECT_EQ(book.find("a")->version, 4u);
  book.forget("a");
  EXPECT_EQ(book.find("a"), nullptr);
}

TEST(head_book, lists_an_account_once_while_it_is_behind) {
  head_book book{100};
  book.put("a", at_version(1, 1));
  EXPECT_FALSE(book.any_behind());
  for (std::uint64_t v = 2; v < 5; ++v) book.put("a", at_version(v, 1));
  EXPECT_EQ(names(book), ids{"a"});
  book.put("a", at_version(5, 5));
  EXPECT_FALSE(book.any_behind());
  book.put("a", at_version(6, 5));
  book.put("b", at_version(6, 5));
  EXPECT_EQ(book.behind(10).size(), 2u);
  EXPECT_EQ(book.behind(1).size(), 1u);
  book.forget("a");
  EXPECT_EQ(names(book), ids{"b"});
  book.clear();
  EXPECT_FALSE(book.any_behind());
}

TEST(head_book, forgets_those_used_least_lately_and_never_holds_more_than_it_may) {
  head_book book{100};
  for (int i = 0; i < 1000; ++i) {
    book.put(name(i), at_version(2, 1));
    ASSERT_NE(book.find("acc-0"), nullptr) << i; // in use all the time
    ASSERT_LE(book.size(), 100u);
    ASSERT_NE(book.find(name(std::max(0, i - 20))), nullptr) << i;
  }
  EXPECT_EQ(book.find("acc-500"), nullptr);
}

TEST(head_book, what_is_behind_is_always_known) {
  head_book book{100};
  for (int i = 0; i < 1000; ++i) book.put(name(i), at_version(2, i % 3 == 0 ? 2 : 1));
  const auto behind = book.behind(1000);
  EXPECT_GE(behind.size(), 30u);
  EXPECT_LE(behind.size(), 67u);
  EXPECT_TRUE(std::all_of(behind.begin(), behind.end(), [](const auto& x) {
    return x.second.version == 2 && x.second.is_behind();
  }));
}

} // namespace troupe
