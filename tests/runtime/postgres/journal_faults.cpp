// The server goes away, is cut off, is silent, or says no: everything is answered, and what was
// acknowledged is there once.
#include "tests/runtime/postgres/journal_load.hpp"

#include "actors/accounts.hpp"
#include "runtime/commands/account.hpp"

#include <sstream>

namespace troupe {

namespace {

using std::chrono::milliseconds;
using test::load_writers;
using test::node;
using test::server;

struct postgres_faults : test::postgres_journals {
  ~postgres_faults() override {
    if (stopped) server().start_again();
  }
  void crash() {
    server().stop_immediately();
    stopped = true;
  }
  void recover() {
    ASSERT_TRUE(server().start_again()) << server().error();
    stopped = false;
  }
  void let_commits_wait(bool wait) const {
    server().ask(url,
                 wait ? "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
                      : "ALTER SYSTEM RESET synchronous_standby_names");
    sql("SELECT pg_reload_conf()");
  }
  bool commit_waits() const {
    return sql("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
               " AND query LIKE '%journal_commit%')")
        == "t";
  }
  // The session that writes batches.
  std::string lane() const {
    return sql(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND query LIKE '%journal_commit%' AND state = 'active' AND pid <> pg_backend_pid()");
  }
  errc refused_error() {
    auto code = errc::none;
    asker.self()->receive([](const appended&) { ADD_FAILURE() << "not refused"; },
                          [&](const caf::error& e) { code = static_cast<errc>(e.code()); },
                          caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
    return code;
  }
  std::uint64_t next_version() {
    std::uint64_t version = 0;
    asker.self()->receive([&](const appended& done) { version = done.version; },
                          [](const caf::error& e) { ADD_FAILURE() << caf::to_string(e); },
                          caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
    return version;
  }
  bool stopped = false;
};

// What the journal promises, and time for a machine that is busy with other things.
constexpr milliseconds answered_within{2000 + 1500};

} // namespace

TEST_F(postgres_faults, a_crash_of_the_server_under_load_loses_and_doubles_nothing) {
  auto options = long_lease();
  options.connections = 2;
  auto& n = start("a", options);
  load_writers load{system, n.journal, 40};
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(load.record().wait_for_more(300));
    crash();
    ASSERT_TRUE(load.record().wait_for_failures(40));
    recover();
    ASSERT_TRUE(load.record().wait_for_more(300));
  }
  load.stop();
  EXPECT_LE(load.record().longest(), answered_within);
  test::expect_nothing_lost(asker, n.journal, load.record());
  EXPECT_EQ(status(n).lease, "held");
}

TEST_F(postgres_faults, sessions_that_are_terminated_lose_and_double_nothing) {
  auto& n = start("a");
  load_writers load{system, n.journal, 40};
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(load.record().wait_for_more(100));
    server().terminate_backends(test::database_of(url));
  }
  ASSERT_TRUE(load.record().wait_for_more(100));
  load.stop();
  EXPECT_LE(load.record().longest(), answered_within);
  test::expect_nothing_lost(asker, n.journal, load.record());
}

TEST_F(postgres_faults, a_batch_whose_answer_was_lost_is_found_and_acknowledged) {
  auto& n = start("a");
  const auto epoch = status(n).epoch;
  let_commits_wait(true);
  // Commits go through until the server has read its settings anew; then one of them waits.
  std::uint64_t sent = 0, answered = 0;
  while (!commit_waits()) {
    if (sent == answered) asker.self()->send(n.journal, append_of("acc-1", sent++));
    asker.self()->receive([&](const appended&) { ++answered; },
                          caf::after(milliseconds{1}) >> [] {});
  }
  // Committed, but nobody was told: the wait ends with the session.
  sql("SELECT pg_terminate_backend(" + lane() + ", 5000)");
  let_commits_wait(false);
  EXPECT_EQ(next_version(), sent);
  EXPECT_EQ(asker.rows(n.journal, "acc-1").size(), sent);
  EXPECT_GT(status(n).epoch, epoch); // what was still in a socket would have been refused
  EXPECT_EQ(asker.put(n.journal, append_of("acc-1", sent)), sent + 1);
}

TEST_F(postgres_faults, a_batch_that_was_lost_before_it_was_written_is_sent_again) {
  auto& n = start("a");
  asker.put(n.journal, append_of("acc-1", 0));
  const auto other = session();
  pqxx::work locking{*other};
  locking.exec(test::hold_back_batches);
  asker.self()->send(n.journal, append_of("acc-1", 1, 2));
  asker.self()->send(n.journal, append_of("acc-1", 3));
  wait_until(test::a_batch_waits);
  sql("SELECT pg_terminate_backend(" + lane() + ", 5000)");
  locking.commit();
  EXPECT_EQ(next_version(), 3u);
  EXPECT_EQ(next_version(), 4u);
  EXPECT_EQ(asker.rows(n.journal, "acc-1").size(), 4u);
}

TEST_F(postgres_faults, a_silent_server_does_not_keep_anybody_waiting) {
  auto& n = start("a");
  asker.put(n.journal, append_of("acc-1", 0));
  server().freeze(test::database_of(url));
  const auto since = std::chrono::steady_clock::now();
  asker.self()->send(n.journal, append_of("acc-1", 1));
  asker.self()->send(n.journal, append_of("acc-2", 0));
  EXPECT_EQ(status(n).queued_rows, 2u); // at once
  EXPECT_EQ(refused_error(), errc::store_unavailable);
  EXPECT_EQ(refused_error(), errc::store_unavailable);
  EXPECT_EQ(asker.refusal<stored_account>(n.journal, load_account{"acc-1"}),
            errc::store_unavailable);
  EXPECT_LE(std::chrono::steady_clock::now() - since, answered_within * 2);
  EXPECT_EQ(status(n).queued_rows, 0u);
  server().thaw();
  // What was under way may have been kept; the account is loaded and goes on from there.
  load_writers load{system, n.journal, 3};
  ASSERT_TRUE(load.record().wait_for_more(30));
  load.stop();
  test::expect_nothing_lost(asker, n.journal, load.record());
}

TEST_F(postgres_faults, a_lease_that_cannot_be_renewed_is_not_relied_upon) {
  postgres_journal_options options;
  options.lease_ms = 300;
  auto& n = start("a", options);
  asker.put(n.journal, append_of("acc-1", 0));
  crash();
  ASSERT_TRUE(n.words->wait_for("journal: the lease ran out"));
  EXPECT_EQ(status(n).lease, "waiting");
  EXPECT_EQ(*n.lost, 1);
  EXPECT_EQ(asker.refused(n.journal, append_of("acc-1", 1)), errc::store_unavailable);
  recover();
  ASSERT_TRUE(n.words->wait_for("journal: the lease is held again"));
  EXPECT_EQ(asker.put(n.journal, append_of("acc-1", 1)), 2u);
}

TEST_F(postgres_faults, rows_the_database_refuses_hurt_no_other_of_their_batch) {
  auto& n = start("a");
  sql("ALTER TABLE journal ADD CHECK (kind <> 77)"); // a rule that only the database has
  const auto other = session();
  pqxx::work locking{*other};
  locking.exec(test::hold_back_batches);
  asker.self()->send(n.journal, append_of("first", 0));
  wait_until(test::a_batch_waits); // the others gather behind it
  for (int i = 0; i < 100; ++i) {
    auto request = append_of("acc-" + std::to_string(i), 0, 2);
    if (i == 63) request.rows[1].kind = 77;
    asker.self()->send(n.journal, request);
  }
  locking.commit();
  EXPECT_EQ(next_version(), 1u);
  for (int i = 0; i < 100; ++i) {
    if (i == 63)
      EXPECT_EQ(refused_error(), errc::store_unavailable);
    else
      EXPECT_EQ(next_version(), 2u) << i;
  }
  EXPECT_EQ(sql("SELECT count(*) FROM accounts"), "100");
}

TEST_F(postgres_faults, one_stale_append_of_a_hundred_fails_alone_in_one_more_call) {
  auto& n = start("a");
  const auto other = session();
  pqxx::work locking{*other};
  locking.exec(test::hold_back_batches);
  asker.self()->send(n.journal, append_of("first", 0));
  wait_until(test::a_batch_waits);
  for (int i = 0; i < 100; ++i)
    asker.self()->send(n.journal, append_of("acc-" + std::to_string(i), i == 63 ? 5 : 0, 2));
  locking.commit();
  EXPECT_EQ(next_version(), 1u);
  for (int i = 0; i < 100; ++i) {
    if (i == 63)
      EXPECT_EQ(refused_error(), errc::journal_stale);
    else
      EXPECT_EQ(next_version(), 2u) << i;
  }
  EXPECT_EQ(status(n).commits, 2u); // `first`, and the hundred
  EXPECT_FALSE(status(n).failing);
}

TEST_F(postgres_faults, an_exit_while_the_server_is_away_answers_everything) {
  auto& n = start("a");
  asker.put(n.journal, append_of("acc-1", 0));
  crash();
  for (std::uint64_t v = 1; v < 5; ++v) asker.self()->send(n.journal, append_of("acc-1", v));
  stop(n);
  for (int i = 1; i < 5; ++i) EXPECT_EQ(refused_error(), errc::store_unavailable);
}

TEST_F(postgres_faults, accounts_go_on_where_they_were_when_the_server_comes_back) {
  auto& n = start("a");
  accounts_options options;
  options.account.journal = n.journal;
  options.transfer.now = [] { return monday; };
  const auto all = spawn_accounts(system, options);
  const auto& registry = all.of("acc-1");
  const auto say = [&](const auto& command) {
    receipt answer;
    asker.self()
        ->request(registry, std::chrono::seconds{20}, command)
        .receive([&](const receipt& r) { answer = r; },
                 [&](const caf::error& e) {
                   EXPECT_EQ(static_cast<errc>(e.code()), errc::store_unavailable)
                       << system.render(e);
                 });
    return answer;
  };
  open_account open;
  open.account = "acc-1";
  open.reference = "key:open";
  open.what = product::atlas;
  open.initial_capital = money::whole(100);
  open.at = monday;
  EXPECT_EQ(say(open).balance_after, money::whole(100));
  deposit in{"acc-1", "key:in", money::whole(5), house_account::engine, {}, monday};
  crash();
  EXPECT_EQ(say(in).version, 0u); // refused: nobody knows
  recover();
  receipt first;
  while (first.version == 0) first = say(in);
  EXPECT_EQ(first.balance_after, money::whole(105));
  const auto again = say(in);
  EXPECT_EQ(again.version, first.version);
  EXPECT_EQ(again.balance_after, money::whole(105));
  EXPECT_EQ(sql("SELECT balance FROM accounts WHERE id = 'acc-1'"), "105.00000000");
  EXPECT_EQ(sql("SELECT count(*) FROM journal WHERE reference = 'key:in'"), "1");
  std::ostringstream out, errors; // `troupe account verify`
  EXPECT_EQ(run_account_verify(system, n.journal, {out, errors}), 0) << errors.str();
  EXPECT_NE(out.str().find("difference          0.00"), std::string::npos) << out.str();
  for (const auto& r : all.registries) caf::anon_send_exit(r, caf::exit_reason::user_shutdown);
}

} // namespace troupe
