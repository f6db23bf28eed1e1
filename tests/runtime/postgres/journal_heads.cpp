// Rows of accounts may be behind their journals: nobody who asks sees it, and they catch up.
#include "tests/runtime/postgres/journal_fixture.hpp"

namespace troupe {

namespace {

struct postgres_heads : test::postgres_journals {
  /// Makes the account's row that of an earlier version, as a batch of many leaves it behind.
  void put_back(const account_id& account, int version) const {
    sql("UPDATE accounts a SET version = j.version, balance = j.balance_after,"
        " reserved = j.reserved_after, hash = j.hash FROM journal j WHERE a.id = '"
        + account + "' AND j.account = a.number AND j.version = " + std::to_string(version));
  }
  stored_account load(const test::node& n, const account_id& account) {
    return asker.ask<stored_account>(n.journal, load_account{account});
  }
};

} // namespace

TEST_F(postgres_heads, an_account_whose_row_is_behind_is_loaded_and_added_up_as_it_is) {
  auto& n = start("a");
  asker.put(n.journal, append_of("acc-1", 0, 5));
  const auto before = load(n, "acc-1");
  put_back("acc-1", 2);
  const auto stored = load(n, "acc-1");
  EXPECT_EQ(stored.version, 5u);
  EXPECT_EQ(stored.balance, before.balance);
  EXPECT_EQ(stored.reserved, before.reserved);
  EXPECT_EQ(stored.hash, before.hash);
  EXPECT_EQ(stored.rows.size(), 5u);
  const auto sums = asker.totals(n.journal);
  EXPECT_EQ(sums.accounts, before.balance);
  EXPECT_TRUE(sums.difference.is_zero()) << sums.difference;
}

TEST_F(postgres_heads, the_next_process_goes_on_from_the_journal_and_brings_the_row_up_to_date) {
  auto& first = start("a");
  asker.put(first.journal, append_of("acc-1", 0, 5));
  stop(first);
  first.journal = nullptr;
  put_back("acc-1", 2);
  auto& next = start("a");
  EXPECT_EQ(asker.refused(next.journal, append_of("acc-1", 2)), errc::journal_stale);
  EXPECT_EQ(asker.refused(next.journal, append_of("acc-1", 6)), errc::journal_stale);
  EXPECT_EQ(asker.put(next.journal, append_of("acc-1", 5)), 6u);
  EXPECT_EQ(sql("SELECT version FROM accounts"), "6");
}

TEST_F(postgres_heads, a_lane_knows_the_newest_version_without_asking) {
  auto& n = start("a");
  asker.put(n.journal, append_of("acc-1", 0, 5));
  put_back("acc-1", 2);
  EXPECT_EQ(asker.refused(n.journal, append_of("acc-1", 2)), errc::journal_stale);
  EXPECT_EQ(asker.refused(n.journal, append_of("acc-1", 6)), errc::journal_stale);
  EXPECT_EQ(asker.put(n.journal, append_of("acc-1", 5)), 6u);
  EXPECT_EQ(asker.put(n.journal, append_of("acc-1", 6)), 7u);
  EXPECT_EQ(sql("SELECT version FROM accounts"), "7");
}

TEST_F(postgres_heads, rows_that_fell_behind_in_large_batches_catch_up_when_it_is_quiet) {
  auto options = long_lease();
  options.connections = 2;
  auto& n = start("a", options);
  for (const std::uint64_t before : {0, 20})
    for (int i = 0; i < 300; ++i)
      asker.self()->send(n.journal, append_of("acc-" + std::to_string(i), before, 20));
  for (int i = 0; i < 600; ++i)
    asker.self()->receive([](const appended&) {},
                          [](const caf::error& e) { ADD_FAILURE() << caf::to_string(e); },
                          caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
  wait_until("count(*) = 300 AND min(version) = 40 FROM accounts");
  EXPECT_EQ(sql("SELECT count(*) FROM accounts a JOIN journal j ON j.account = a.number"
                " AND j.version = a.version AND j.balance_after = a.balance"
                " AND j.reserved_after = a.reserved AND j.hash = a.hash"),
            "300");
  EXPECT_TRUE(asker.totals(n.journal).difference.is_zero());
}

TEST_F(postgres_heads, an_append_with_a_snapshot_brings_the_row_up_to_date) {
  auto& n = start("a");
  asker.put(n.journal, append_of("acc-1", 0, 20));
  auto request = append_of("acc-1", 20, 20);
  request.snapshot = "state";
  asker.put(n.journal, request);
  EXPECT_EQ(sql("SELECT version FROM accounts"), "40");
  EXPECT_EQ(load(n, "acc-1").version, 40u);
}

TEST_F(postgres_heads, an_account_that_lost_the_end_of_its_journal_is_named_and_takes_nothing) {
  auto& first = start("a");
  asker.put(first.journal, append_of("acc-1", 0, 5));
  stop(first);
  first.journal = nullptr;
  sql("DELETE FROM journal WHERE version > 3");
  auto& next = start("a");
  EXPECT_EQ(load(next, "acc-1").version, 5u);
  EXPECT_FALSE(asker.totals(next.journal).difference.is_zero());
  EXPECT_EQ(asker.refused(next.journal, append_of("acc-1", 5)), errc::store_unavailable);
  EXPECT_EQ(asker.refused(next.journal, append_of("acc-1", 3)), errc::journal_stale);
}

} // namespace troupe
