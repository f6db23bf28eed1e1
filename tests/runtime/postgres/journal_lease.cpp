// Who may append: the lease, and the fence that holds when nobody knows yet that it was lost.
#include "tests/runtime/postgres/journal_fixture.hpp"

#include <future>

namespace troupe {

namespace {

using test::node;
struct postgres_lease : test::postgres_journals {
  static postgres_journal_options short_lease(std::int64_t lease_ms = 300) {
    postgres_journal_options options;
    options.lease_ms = lease_ms;
    return options;
  }
  void let_run_out(const std::string& name) const {
    sql("UPDATE nodes SET expires_at = now() - interval '1 s' WHERE node = '" + name + "'");
  }
};

} // namespace

TEST_F(postgres_lease, another_takes_over_when_it_has_run_out_and_the_first_is_fenced) {
  auto& first = start("a");
  EXPECT_EQ(status(first).lease, "held");
  EXPECT_EQ(status(first).epoch, 1u);
  asker.put(first.journal, append_of("acc-1", 0, 3));
  auto& second = start("b", short_lease());
  EXPECT_EQ(status(second).lease, "waiting");
  EXPECT_EQ(status(second).epoch, 0u);
  let_run_out("a");
  ASSERT_TRUE(second.words->wait_for("journal: the lease is held"));
  EXPECT_EQ(status(second).epoch, 2u);
  // The first has noticed nothing: its heartbeat is not due for long.
  EXPECT_EQ(status(first).lease, "held");
  EXPECT_EQ(asker.refused(first.journal, append_of("acc-1", 3)), errc::journal_fenced);
  EXPECT_EQ(status(first).lease, "waiting");
  EXPECT_EQ(*first.lost, 1);
  EXPECT_EQ(asker.refused(first.journal, append_of("acc-1", 3)), errc::journal_fenced);
  EXPECT_EQ(*first.lost, 1);
  EXPECT_EQ(asker.put(second.journal, append_of("acc-1", 3, 2)), 5u);
  EXPECT_EQ(asker.rows(first.journal, "acc-1").size(), 5u); // reading needs no lease
  EXPECT_EQ(*second.lost, 0);
}

TEST_F(postgres_lease, who_waits_refuses_appends_and_loads_at_once) {
  auto& first = start("a");
  asker.put(first.journal, append_of("acc-1", 0));
  auto& second = start("b");
  EXPECT_EQ(asker.refused(second.journal, append_of("acc-1", 1)), errc::journal_fenced);
  EXPECT_EQ(asker.refusal<stored_account>(second.journal, load_account{"acc-1"}),
            errc::journal_fenced);
  EXPECT_EQ(asker.put(first.journal, append_of("acc-1", 1)), 2u);
}

TEST_F(postgres_lease, a_holder_that_lives_is_not_replaced) {
  auto& first = start("a", short_lease(1500));
  const auto began = sql("SELECT expires_at FROM nodes WHERE node = 'a'");
  const auto two_leases_later =
      "expires_at > '" + began + "'::timestamptz + interval '3 s' FROM nodes WHERE node = 'a'";
  while (sql("SELECT " + two_leases_later) != "t")
    ASSERT_EQ(sql("SELECT node_join('b', '', 1, 300);"
                  "SELECT count(*) FROM leases_take('b', 1, ARRAY(SELECT shard FROM leases))"),
              "0");
  EXPECT_EQ(status(first).lease, "held");
  EXPECT_EQ(*first.lost, 0);
  EXPECT_EQ(asker.put(first.journal, append_of("acc-1", 0)), 1u);
}

TEST_F(postgres_lease, a_heartbeat_finds_out_that_it_is_lost) {
  auto& first = start("a", short_lease());
  sql("UPDATE leases SET node = 'b', epoch = epoch + 1;"
      "INSERT INTO nodes VALUES ('b', 1, '', 1, false, now() + interval '1 h')");
  ASSERT_TRUE(first.words->wait_for("journal: another process holds the lease"));
  EXPECT_EQ(status(first).lease, "waiting");
  EXPECT_EQ(*first.lost, 1);
  let_run_out("b");
  ASSERT_TRUE(first.words->wait_for("journal: the lease is held, epoch 3"));
  EXPECT_EQ(asker.put(first.journal, append_of("acc-1", 0)), 1u);
}

TEST_F(postgres_lease, an_orderly_exit_commits_and_frees_it_at_once) {
  auto& first = start("a");
  for (std::uint64_t v = 0; v < 20; ++v) asker.self()->send(first.journal, append_of("acc-1", v));
  stop(first);
  for (std::uint64_t v = 1; v <= 20; ++v)
    asker.self()->receive([&](const appended& done) { EXPECT_EQ(done.version, v); },
                          caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
  auto& second = start("b");
  EXPECT_EQ(status(second).lease, "held");
  EXPECT_EQ(asker.put(second.journal, append_of("acc-1", 20)), 21u);
}

TEST_F(postgres_lease, a_node_that_died_takes_its_own_back_without_waiting) {
  kill(start("a"));
  EXPECT_EQ(status(start("b")).lease, "waiting");
  auto& again = start("a");
  EXPECT_EQ(status(again).lease, "held");
  EXPECT_EQ(status(again).epoch, 2u);
  EXPECT_EQ(asker.put(again.journal, append_of("acc-1", 0)), 1u);
}

TEST_F(postgres_lease, of_two_processes_of_one_name_the_one_that_started_last_has_it) {
  auto& first = start("a", short_lease());
  asker.put(first.journal, append_of("acc-1", 0));
  auto& second = start("a", short_lease());
  EXPECT_EQ(status(second).lease, "held");
  EXPECT_EQ(asker.refused(first.journal, append_of("acc-1", 1)), errc::journal_fenced);
  EXPECT_EQ(*first.lost, 1);
  const auto now = sql("SELECT now()");
  wait_until("expires_at > '" + now + "'::timestamptz + interval '1 s' FROM nodes"); // many beats
  EXPECT_EQ(status(first).lease, "waiting");
  EXPECT_EQ(*second.lost, 0);
  EXPECT_EQ(asker.put(second.journal, append_of("acc-1", 1)), 2u);
  stop(second);
  ASSERT_TRUE(first.words->wait_for("journal: the lease is held, epoch 3"));
  EXPECT_EQ(asker.put(first.journal, append_of("acc-1", 2)), 3u);
}

TEST_F(postgres_lease, a_beat_beside_a_take_over_waits_for_its_outcome) {
  start("a");
  let_run_out("a");
  const auto other = session(), own = session();
  pqxx::work taking{*other};
  taking.exec("SELECT node_join('b', '', 1, 60000)");
  EXPECT_EQ(taking.exec1("SELECT count(*) FROM leases_take('b', 1, '{7,8}')")[0].as<int>(), 2);
  auto beat = std::async(std::launch::async, [&] {
    return pqxx::nontransaction{*own}.exec1("SELECT node_beat('a', 1, 60000, false)")[0].as<bool>();
  });
  wait_until("EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
             " AND query LIKE '%node_beat(''a''%' AND wait_event_type = 'Lock')");
  taking.commit();
  EXPECT_TRUE(beat.get()); // it lives, and what it reads after this shows what it lost
  EXPECT_EQ(sql("SELECT string_agg(shard::text, ',' ORDER BY shard) FROM leases WHERE node <> 'a'"),
            "7,8");
  EXPECT_EQ(sql("SELECT count(*) FROM leases_take('b', 1, '{9}')"), "0"); // it lives again
}

TEST_F(postgres_lease, a_batch_that_waits_for_a_lock_is_fenced_when_the_epoch_rose_meanwhile) {
  auto& first = start("a");
  const auto other = session();
  {
    pqxx::work taking{*other};
    taking.exec(test::hold_back_batches);
    asker.self()->send(first.journal, append_of("acc-1", 0));
    wait_until(test::a_batch_waits);
    taking.exec("UPDATE leases SET node = 'b', epoch = epoch + 1");
    taking.exec("INSERT INTO nodes VALUES ('b', 1, '', 1, false, now() + interval '1 h')");
    taking.commit();
  }
  asker.self()->receive(
      [&](const caf::error& e) { EXPECT_EQ(e.code(), static_cast<int>(errc::journal_fenced)); },
      caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
  EXPECT_EQ(sql("SELECT count(*) FROM journal"), "0");
  EXPECT_EQ(sql("SELECT count(*) FROM accounts"), "0");
  EXPECT_EQ(*first.lost, 1);
}

TEST_F(postgres_lease, a_take_over_waits_for_the_batch_that_is_being_written) {
  start("a");
  let_run_out("a");
  const auto writing = session();
  pqxx::work batch{*writing};
  // What a batch holds to its end.
  batch.exec("SELECT pg_advisory_xact_lock_shared(1414681933, fence_of('a'))");
  auto& second = start("b", short_lease()); // its first attempt gives up after lock_timeout
  EXPECT_EQ(status(second).lease, "waiting");
  batch.commit();
  EXPECT_TRUE(second.words->wait_for("journal: the lease is held"));
}

TEST_F(postgres_lease, positions_never_go_back_though_transaction_ids_do) {
  auto& first = start("a");
  asker.put(first.journal, append_of("acc-1", 0, 2));
  stop(first);
  sql("UPDATE journal SET position = position + (1::bigint << 50)"); // of a much older cluster
  auto& again = start("a");
  const auto newest = outbox(again).back().position;
  asker.put(again.journal, append_of("acc-1", 2));
  ASSERT_EQ(outbox(again).size(), 3u);
  EXPECT_GT(outbox(again).back().position, newest);
  EXPECT_EQ(outbox(again, newest).size(), 1u);
}

TEST_F(postgres_lease, a_journal_that_is_only_read_takes_no_lease) {
  auto& first = start("a");
  asker.put(first.journal, append_of("acc-1", 0, 3));
  postgres_journal_options options;
  options.read_only = true;
  auto reader = spawn_postgres_journal(system, url, options);
  ASSERT_EQ(reader.error, "");
  EXPECT_EQ(asker.ask<stored_account>(reader.handle, load_account{"acc-1"}).version, 3u);
  EXPECT_EQ(asker.rows(reader.handle, "acc-1").size(), 3u);
  EXPECT_EQ(asker.refused(reader.handle, append_of("acc-1", 3)), errc::journal_fenced);
  EXPECT_EQ(asker.put(first.journal, append_of("acc-1", 3)), 4u);
  asker.end(reader.handle);
}

TEST_F(postgres_lease, bad_options_are_errors_at_the_start) {
  const auto refused = [&](auto&& spoil) {
    postgres_journal_options options;
    options.node = "a";
    spoil(options);
    return spawn_postgres_journal(system, url, options).error;
  };
  EXPECT_NE(refused([](auto& x) { x.node = ""; }), "");
  EXPECT_NE(refused([](auto& x) { x.node = "a b"; }), "");
  EXPECT_NE(refused([](auto& x) { x.lease_ms = 299; }), "");
  EXPECT_NE(refused([](auto& x) { x.connections = 0; }), "");
  EXPECT_NE(refused([](auto& x) { x.connections = 17; }), "");
  postgres_journal_options options;
  options.node = "a";
  const auto away = spawn_postgres_journal(system, "postgres://x:secret@127.0.0.1:1/x", options);
  EXPECT_NE(away.error, "");
  EXPECT_EQ(away.error.find("secret"), std::string::npos) << away.error;
}

} // namespace troupe
