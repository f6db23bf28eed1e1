// What only a journal with a file can get wrong.
#include "runtime/stores/sqlite_journal.hpp"

#include "runtime/stores/ledger_columns.hpp"
#include "runtime/stores/migrations.hpp"
#include "runtime/stores/sqlite_db.hpp"
#include "runtime/stores/sqlite_store.hpp"
#include "tests/runtime/journal_fixture.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <fstream>
#include <unistd.h>

namespace troupe {

namespace {

namespace fs = std::filesystem;

struct sqlite_journal_test : testing::Test {
  sqlite_journal_test() : system(config), asker(system), path(folder.file("ledger.db")) {}
  ~sqlite_journal_test() override {
    if (journal) asker.end(journal);
  }

  void open(const sqlite_journal_options& options = {}) {
    auto spawned = spawn_sqlite_journal(system, path, options);
    EXPECT_EQ(spawned.error, "");
    journal = spawned.handle;
  }

  std::string why_not_opened(const std::string& file) {
    auto spawned = spawn_sqlite_journal(system, file);
    EXPECT_FALSE(spawned.handle);
    if (spawned.handle) asker.end(spawned.handle);
    return spawned.error;
  }

  std::unique_ptr<sqlite_db> raw() {
    std::string error;
    auto db = sqlite_db::open(path, 1000, error);
    EXPECT_EQ(error, "");
    return db;
  }

  // Overwrites the first page of the journal's rows.
  void damage() {
    const auto root =
        raw()->integer("SELECT rootpage FROM sqlite_master WHERE name = 'journal'", 0);
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp((root - 1) * 4096);
    file << std::string(4096, '\xff');
  }

  temporary_folder folder;
  store_config config;
  caf::actor_system system;
  journal_asker asker;
  std::string path;
  journal_actor journal;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_F(sqlite_journal_test, what_was_answered_is_there_after_a_kill) {
  open();
  auto request = append_of("acc-1", 0, 500);
  request.snapshot = "state";
  asker.put(journal, request);
  asker.put(journal, append_of("acc-1", 500, 2));
  asker.ask<std::uint64_t>(journal, put_outbox_cursor{"events", 9});
  const auto copy = folder.file("copy.db");
  fs::copy_file(path, copy); // as a killed process leaves it: nothing closed, much in the log
  fs::copy_file(path + "-wal", copy + "-wal");
  asker.end(journal);
  path = copy;
  open();
  EXPECT_EQ(asker.bytes_of(asker.rows(journal, "acc-1")),
            asker.bytes_of(append_of("acc-1", 0, 502).rows));
  EXPECT_EQ(asker.ask<stored_account>(journal, load_account{"acc-1"}).rows.size(), 2u);
  EXPECT_EQ(asker.ask<std::uint64_t>(journal, get_outbox_cursor{"events"}), 9u);
  EXPECT_EQ(asker.refused(journal, append_of("acc-1", 500)), errc::journal_stale);
  EXPECT_EQ(asker.put(journal, append_of("acc-1", 502)), 503u);
}

TEST_F(sqlite_journal_test, a_log_torn_within_a_commit_loses_that_commit_alone) {
  open();
  asker.put(journal, append_of("acc-1", 0, 3));
  asker.put(journal, append_of("acc-1", 3, 3));
  const auto copy = folder.file("copy.db");
  fs::copy_file(path, copy);
  fs::copy_file(path + "-wal", copy + "-wal");
  fs::resize_file(copy + "-wal", fs::file_size(copy + "-wal") - 1);
  asker.end(journal);
  path = copy;
  open();
  EXPECT_EQ(asker.rows(journal, "acc-1").size(), 3u);
  EXPECT_TRUE(asker.totals(journal).difference.is_zero());
  EXPECT_EQ(asker.put(journal, append_of("acc-1", 3, 3)), 6u);
}

TEST_F(sqlite_journal_test, a_second_opener_is_refused_until_the_first_ends) {
  open();
  const auto error = why_not_opened(path);
  EXPECT_TRUE(contains(error, "in use by another process (pid " + std::to_string(::getpid())))
      << error;
  asker.end(journal);
  open();
}

TEST_F(sqlite_journal_test, a_newer_schema_is_refused_unchanged) {
  open();
  asker.end(journal);
  ASSERT_TRUE(raw()->exec("INSERT INTO schema_version (version, name) VALUES (99, 'future')"));
  const auto error = why_not_opened(path);
  EXPECT_TRUE(contains(error, "has schema 99, newer than this program's 1")) << error;
  EXPECT_EQ(raw()->integer("SELECT max(version) FROM schema_version", 0), 99);
  EXPECT_EQ(newest_schema(ledger_schema()), 1);
}

TEST_F(sqlite_journal_test, a_store_of_the_market_is_no_ledger_and_a_ledger_no_market) {
  auto market = spawn_sqlite_store(system, path);
  ASSERT_EQ(market.error, "");
  store_asker{system}.end(market.handle);
  EXPECT_TRUE(contains(why_not_opened(path), "is another program's database"));
  path = folder.file("other.db");
  open();
  asker.end(journal);
  EXPECT_TRUE(contains(spawn_sqlite_store(system, path).error, "is another program's database"));
}

TEST_F(sqlite_journal_test, a_damaged_file_is_refused_or_its_damage_answered) {
  std::ofstream{path} << std::string(8192, 'x');
  EXPECT_TRUE(contains(why_not_opened(path), "file is not a database"));
  fs::remove(path);
  open();
  asker.put(journal, append_of("acc-1", 0, 1000));
  asker.end(journal);
  damage();
  open();
  EXPECT_EQ(asker.refusal<std::vector<journal_row>>(journal, get_journal{"acc-1", 1, 10}),
            errc::store_unavailable);
  EXPECT_EQ(asker.refusal<ledger_totals>(journal, get_trial_balance{}), errc::store_unavailable);
  EXPECT_EQ(asker.refused(journal, append_of("acc-1", 1000)), errc::store_unavailable);
  EXPECT_EQ(asker.refused(journal, append_of("acc-2", 0)), errc::store_unavailable);
  EXPECT_EQ(
      asker.ask<std::uint64_t>(journal, put_dead_letter{{0, "ml-engine", "", "{}", monday, false}}),
      1u);
}

TEST_F(sqlite_journal_test, a_full_disk_refuses_whole_batches_and_recovers_by_itself) {
  sqlite_journal_options options;
  options.max_pages = 60;
  std::vector<std::string> told; // written by the journal's thread before its answers
  options.report = [&](const std::string& words) { told.push_back(words); };
  open(options);
  asker.put(journal, append_of("acc-1", 0, 100));
  auto large = append_of("acc-2", 0, 30);
  for (auto& row : large.rows) row.payload.resize(max_payload_bytes);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(asker.refused(journal, large), errc::store_unavailable);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(contains(told[0], "disk is full")) << told[0];
  EXPECT_TRUE(asker.rows(journal, "acc-2").empty()); // questions work meanwhile
  EXPECT_EQ(asker.totals(journal).account_count, 1u);
  EXPECT_EQ(asker.put(journal, append_of("acc-2", 0, 3)), 3u);
  EXPECT_EQ(told.size(), 2u);
  EXPECT_EQ(asker.rows(journal, "acc-1").size(), 100u);
  EXPECT_TRUE(asker.totals(journal).difference.is_zero());
}

TEST_F(sqlite_journal_test, a_file_held_by_another_program_refuses_and_recovers) {
  sqlite_journal_options options;
  options.busy_timeout_ms = 1;
  open(options);
  auto other = raw();
  ASSERT_TRUE(other->exec("BEGIN IMMEDIATE"));
  EXPECT_EQ(asker.refused(journal, append_of("acc-1", 0)), errc::store_unavailable);
  EXPECT_EQ(asker.refusal<bool>(journal, mark_replayed{1}), errc::store_unavailable);
  ASSERT_TRUE(other->exec("COMMIT"));
  EXPECT_EQ(asker.put(journal, append_of("acc-1", 0)), 1u);
}

TEST_F(sqlite_journal_test, what_another_program_wrote_makes_an_append_stale) {
  open();
  asker.put(journal, append_of("acc-1", 0, 3));
  ASSERT_TRUE(raw()->exec("UPDATE accounts SET version = 4"));
  EXPECT_EQ(asker.refused(journal, append_of("acc-1", 3)), errc::journal_stale);
}

TEST_F(sqlite_journal_test, a_balance_changed_by_hand_shows_in_the_trial_balance) {
  open();
  asker.put(journal, append_of("acc-1", 0, 3));
  ASSERT_TRUE(raw()->exec("UPDATE accounts SET balance_fraction = balance_fraction + 1"));
  EXPECT_EQ(asker.totals(journal).difference, money::from_units(1));
}

TEST_F(sqlite_journal_test, references_are_looked_up_in_their_index) {
  open();
  auto db = raw();
  auto plan = db->ask("EXPLAIN QUERY PLAN SELECT 1 FROM journal j WHERE j.account = 1"
                      " AND j.reference = 'x' AND " TROUPE_REFERENCE_OF_ACCOUNT);
  ASSERT_TRUE(plan.bind().step());
  EXPECT_TRUE(contains(plan.text(3), "INDEX journal_by_reference")) << plan.text(3);
  auto other = db->ask("EXPLAIN QUERY PLAN SELECT j.version FROM journal j WHERE j.account = 1"
                       " AND j.reference = 'trade:x' AND " TROUPE_REFERENCE_OF_THE_WORLD);
  ASSERT_TRUE(other.bind().step());
  EXPECT_TRUE(contains(other.text(3), "INDEX journal_by_event")) << other.text(3);
}

namespace {

struct test_config : store_config {
  test_config() { set("scheduler.policy", caf::atom("testing")); }
};

// On CAF's test scheduler nothing runs until told to, so that a queue can be looked at.
struct journal_queue : testing::Test {
  journal_queue()
      : system(config), self(system),
        scheduler(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())) {
    options.detached = false;
    options.max_queued_rows = 10;
    options.max_transaction_rows = 4;
    options.busy_timeout_ms = 1;
    journal = spawn_sqlite_journal(system, folder.file("ledger.db"), options).handle;
  }
  ~journal_queue() override {
    caf::anon_send_exit(journal, caf::exit_reason::kill);
    scheduler.run();
  }

  // The next answer: a version, the rows of a page, or minus the code of the error.
  int next_answer() {
    int answer = 0;
    self->receive([&](const appended& done) { answer = static_cast<int>(done.version); },
                  [&](const std::vector<journal_row>& rows) {
                    answer = 1000 + static_cast<int>(rows.size());
                  },
                  [&](const caf::error& e) { answer = -static_cast<int>(e.code()); },
                  caf::after(std::chrono::seconds{0}) >> [] { ADD_FAILURE() << "no answer"; });
    return answer;
  }

  temporary_folder folder;
  test_config config;
  caf::actor_system system;
  caf::scoped_actor self;
  caf::scheduler::test_coordinator& scheduler;
  sqlite_journal_options options;
  journal_actor journal;
};

} // namespace

TEST_F(journal_queue, past_its_bound_answers_busy_at_once) {
  for (std::uint64_t i = 0; i < 6; ++i) self->send(journal, append_of("acc-1", i * 2, 2));
  scheduler.run();
  EXPECT_EQ(next_answer(), -static_cast<int>(errc::busy));
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(next_answer(), i * 2);
  self->send(journal, append_of("acc-1", 10, 2));
  scheduler.run();
  EXPECT_EQ(next_answer(), 12);
}

TEST_F(journal_queue, bytes_are_bounded_too) {
  options.max_queued_bytes = 2000;
  const auto other = spawn_sqlite_journal(system, folder.file("small.db"), options).handle;
  auto request = append_of("acc-1", 0, 1);
  request.rows[0].payload.resize(3000);
  self->send(other, request);
  self->send(other, append_of("acc-1", 0, 1));
  scheduler.run();
  EXPECT_EQ(next_answer(), -static_cast<int>(errc::busy));
  EXPECT_EQ(next_answer(), 1);
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

TEST_F(journal_queue, a_question_sees_what_was_sent_before_it_and_shares_its_commit) {
  self->send(journal, append_of("acc-1", 0, 1));
  self->send(journal, get_journal{"acc-1", 1, 10});
  self->send(journal, append_of("acc-1", 1, 1));
  scheduler.run();
  EXPECT_EQ(next_answer(), 1);
  EXPECT_EQ(next_answer(), 1002); // read after the commit that both appends share
  EXPECT_EQ(next_answer(), 2);
}

TEST_F(journal_queue, a_question_is_answered_though_the_writes_beside_it_fail) {
  std::string error;
  const auto other = sqlite_db::open(folder.file("ledger.db"), 1000, error);
  ASSERT_TRUE(other && other->exec("BEGIN IMMEDIATE")) << error;
  self->send(journal, append_of("acc-1", 0, 1));
  self->send(journal, get_journal{"acc-1", 1, 10});
  self->send(journal, append_of("acc-1", 1, 1));
  scheduler.run();
  EXPECT_EQ(next_answer(), -static_cast<int>(errc::store_unavailable));
  EXPECT_EQ(next_answer(), 1000);
  EXPECT_EQ(next_answer(), -static_cast<int>(errc::store_unavailable));
}

TEST_F(journal_queue, an_exit_commits_what_is_queued_and_leaves_nobody_without_an_answer) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    self->send(journal, append_of("acc-1", i, 1));
    scheduler.run_once();
  }
  caf::anon_send_exit(journal, caf::exit_reason::user_shutdown);
  scheduler.run();
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(next_answer(), i);
  std::string error;
  const auto db = sqlite_db::open(folder.file("ledger.db"), 1000, error);
  ASSERT_TRUE(db) << error;
  EXPECT_EQ(db->integer("SELECT count(*) FROM journal", 0), 3);
}

} // namespace troupe
