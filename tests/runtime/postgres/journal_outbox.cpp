// What readers of all accounts may rely on: nothing is passed over, however transactions end.
#include "tests/runtime/postgres/journal_fixture.hpp"

#include <random>

namespace troupe {

namespace {

struct postgres_outbox : test::postgres_journals {
  // A batch of one row, as the holder's own lane would send it. The transaction is left open.
  static void append(pqxx::work& transaction, const std::string& node, int epoch,
                     const account_id& account) {
    transaction.exec_params("SELECT journal_commit($1, '{9}', ARRAY[$2::bigint], ARRAY[$2::bigint],"
                            " ARRAY[$3], '{9}', '{0}', '{0}', '{1}', '{2}', '{0}', '{h}', '{}', "
                            " '{}', '{}', '{}', '{}', '{}', "
                            " '{1}', '{1}', '{5}', '{6}', '{1}', '{1}', '{1}', '{2}', '{2}', "
                            "'{0}', '{r}', '{p}', '{h}',"
                            " '{}', '{}', '{}', '{}')",
                            node, epoch, account);
  }
  static std::vector<account_id> accounts_of(const std::vector<outbox_row>& rows) {
    std::vector<account_id> out;
    for (const auto& row : rows) out.push_back(row.account);
    return out;
  }
  using ids = std::vector<account_id>;
};

} // namespace

TEST_F(postgres_outbox, a_row_committed_before_an_earlier_one_waits_for_it) {
  auto& n = start("a");
  asker.put(n.journal, append_of("first", 0));
  const auto seen = outbox(n).back().position;
  const auto beside = session();
  pqxx::work earlier{*beside};
  append(earlier, "a", 1, "earlier");
  asker.put(n.journal, append_of("later", 0)); // commits first, has the later position
  EXPECT_TRUE(outbox(n, seen).empty());
  const auto later = sql("SELECT max(position) FROM journal");
  EXPECT_EQ(
      asker.refusal<std::uint64_t>(n.journal, put_outbox_cursor{"events", std::stoull(later)}),
      errc::validation_error);
  earlier.commit();
  const auto rest = outbox(n, seen);
  EXPECT_EQ(accounts_of(rest), (ids{"earlier", "later"}));
  EXPECT_EQ(std::to_string(rest.back().position), later);
  EXPECT_EQ(asker.ask<std::uint64_t>(n.journal, put_outbox_cursor{"events", std::stoull(later)}),
            std::stoull(later));
}

TEST_F(postgres_outbox, a_batch_that_fails_leaves_nothing_to_wait_for) {
  auto& n = start("a");
  const auto beside = session();
  {
    pqxx::work earlier{*beside};
    append(earlier, "a", 1, "earlier");
    asker.put(n.journal, append_of("later", 0));
    EXPECT_TRUE(outbox(n).empty());
  }
  EXPECT_EQ(accounts_of(outbox(n)), (ids{"later"}));
}

TEST_F(postgres_outbox, transactions_of_others_hold_nothing_back) {
  auto& n = start("a");
  const auto beside = session();
  pqxx::work foreign{*beside};
  foreign.exec("INSERT INTO outbox_cursors VALUES ('x', 0)"); // has a transaction id from here on
  asker.put(n.journal, append_of("acc-1", 0, 3));
  const auto rows = outbox(n);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(asker.ask<std::uint64_t>(n.journal, put_outbox_cursor{"y", rows.back().position}),
            rows.back().position);
}

// Several sessions append in transactions of any length; a reader never sees less than what comes
// before its newest row.
TEST_F(postgres_outbox, a_reader_beside_many_writers_sees_every_row_once) {
  auto& n = start("a");
  std::mt19937_64 random{20261121};
  struct open_batch {
    std::unique_ptr<pqxx::connection> where;
    std::unique_ptr<pqxx::work> transaction;
  };
  std::vector<open_batch> writers(4);
  for (auto& w : writers) w.where = session();
  std::uint64_t after = 0;
  std::size_t seen = 0, written = 0;
  const auto read = [&] {
    for (const auto& row : outbox(n, after)) {
      EXPECT_GT(row.position, after);
      after = row.position;
      ++seen;
    }
  };
  for (int i = 0; i < 60; ++i) {
    auto& w = writers[random() % writers.size()];
    if (w.transaction) {
      if (random() % 4 == 0) {
        w.transaction->abort();
        --written;
      } else {
        w.transaction->commit();
      }
      w.transaction.reset();
    } else {
      w.transaction = std::make_unique<pqxx::work>(*w.where);
      append(*w.transaction, "a", 1, "acc-" + std::to_string(i));
      ++written;
    }
    if (i % 6 == 5) read();
  }
  for (auto& w : writers)
    if (w.transaction) w.transaction->commit();
  read();
  EXPECT_EQ(seen, written);
}

TEST_F(postgres_outbox, a_position_is_found_in_its_index) {
  start("a");
  const auto plan = sql("SET enable_seqscan = off; EXPLAIN (FORMAT JSON) SELECT * FROM journal"
                        " WHERE position > 5 ORDER BY position LIMIT 10");
  EXPECT_NE(plan.find("journal_by_position"), std::string::npos) << plan;
}

TEST_F(postgres_outbox, totals_count_each_row_once_however_often_they_are_asked) {
  auto& n = start("a");
  const auto beside = session();
  for (std::uint64_t i = 0; i < 5; ++i) {
    asker.put(n.journal, append_of("acc-1", i * 10, 10));
    EXPECT_EQ(asker.totals(n.journal).row_count, (i + 1) * 10);
  }
  pqxx::work earlier{*beside};
  append(earlier, "a", 1, "earlier");
  asker.put(n.journal, append_of("later", 0));
  EXPECT_EQ(asker.totals(n.journal).row_count, 51u);
  earlier.commit();
  for (int i = 0; i < 2; ++i) {
    const auto sums = asker.totals(n.journal);
    EXPECT_EQ(sums.row_count, 52u);
    EXPECT_EQ(sums.account_count, 3u);
    EXPECT_TRUE(sums.difference.is_zero()) << sums.difference;
  }
  sql("UPDATE accounts SET balance = balance + 0.00000001 WHERE id = 'acc-1'");
  EXPECT_EQ(asker.totals(n.journal).difference, money::from_units(1));
}

} // namespace troupe
