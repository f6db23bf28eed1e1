// What Prometheus reads of the parts that deal with money and with services outside.
#include "runtime/metrics.hpp"

#include <gtest/gtest.h>

namespace troupe {

namespace {

struct metrics : ::testing::Test {
  std::shared_ptr<counters> count = std::make_shared<counters>(std::vector<symbol_name>{});
  std::shared_ptr<snapshot_board> board = std::make_shared<snapshot_board>();
  std::shared_ptr<dependency_board> outside = std::make_shared<dependency_board>();
  std::shared_ptr<courier_figures> outbox = std::make_shared<courier_figures>();

  static bool has(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
  }
};

} // namespace

TEST_F(metrics, breakers_are_numbers_by_state) {
  dependency_status s;
  s.name = "ml-engine";
  s.answered = 7;
  s.failed = 6;
  s.refused = 5;
  s.repeated = 4;
  const auto text = make_metrics(count, board, outside);
  EXPECT_EQ(text().find("troupe_dependency"), std::string::npos);
  outside->post(s);
  EXPECT_TRUE(has(text(), R"(troupe_dependency_state{name="ml-engine"} 0)")) << text();
  EXPECT_EQ(text().find("troupe_dependency_latency_seconds{"), std::string::npos);
  s.state = "half_open";
  outside->post(s);
  EXPECT_TRUE(has(text(), R"(troupe_dependency_state{name="ml-engine"} 1)"));
  s.state = "open";
  s.latency_ms = 250;
  outside->post(s);
  EXPECT_TRUE(has(text(), R"(troupe_dependency_state{name="ml-engine"} 2)"));
  EXPECT_TRUE(has(text(), R"(troupe_dependency_answered_total{name="ml-engine"} 7)"));
  EXPECT_TRUE(has(text(), R"(troupe_dependency_failed_total{name="ml-engine"} 6)"));
  EXPECT_TRUE(has(text(), R"(troupe_dependency_refused_total{name="ml-engine"} 5)"));
  EXPECT_TRUE(has(text(), R"(troupe_dependency_repeated_total{name="ml-engine"} 4)"));
  EXPECT_TRUE(has(text(), R"(troupe_dependency_latency_seconds{name="ml-engine"} 0.25)"));
}

TEST_F(metrics, ledger_and_accounts_are_shown_once_they_were_seen) {
  const auto text = make_metrics(count, board);
  EXPECT_EQ(text().find("troupe_journal"), std::string::npos);
  EXPECT_EQ(text().find("troupe_accounts"), std::string::npos);
  auto seen = std::make_shared<node_snapshot>();
  seen->journal.emplace();
  seen->journal->written_rows = 11;
  seen->journal->commits = 3;
  seen->journal->lease = "waiting";
  seen->journal->last_commit_us = 1500;
  seen->accounts = accounts_status{1, 2, 3, 4, 5, 6, 7};
  board->put(seen);
  EXPECT_TRUE(has(text(), "troupe_journal_rows_total 11")) << text();
  EXPECT_TRUE(has(text(), "troupe_journal_commits_total 3"));
  EXPECT_TRUE(has(text(), "troupe_journal_may_append 0"));
  EXPECT_TRUE(has(text(), "troupe_journal_failing 0"));
  EXPECT_TRUE(has(text(), "troupe_journal_last_commit_seconds 0.0015"));
  EXPECT_TRUE(has(text(), "troupe_accounts_loaded 1"));
  EXPECT_TRUE(has(text(), "troupe_accounts_loads_total 2"));
  EXPECT_TRUE(has(text(), "troupe_accounts_passivated_total 3"));
  EXPECT_TRUE(has(text(), "troupe_accounts_failed_total 4"));
  EXPECT_TRUE(has(text(), "troupe_accounts_refused_total 5"));
  EXPECT_TRUE(has(text(), "troupe_accounts_asleep 6"));
  EXPECT_TRUE(has(text(), "troupe_accounts_woken_total 7"));
}

TEST_F(metrics, the_outbox_is_shown_where_there_is_one) {
  EXPECT_EQ(make_metrics(count, board, outside)().find("troupe_outbox"), std::string::npos);
  const auto text = make_metrics(count, board, outside, outbox);
  outbox->told = 5;
  outbox->refused = 1;
  outbox->waiting = 2;
  outbox->position = 9;
  EXPECT_TRUE(has(text(), "troupe_outbox_told_total 5"));
  EXPECT_TRUE(has(text(), "troupe_outbox_refused_total 1"));
  EXPECT_TRUE(has(text(), "troupe_outbox_waiting_rows 2"));
  EXPECT_TRUE(has(text(), "troupe_outbox_position 9"));
}

} // namespace troupe
