// What the stores rely on in a session.
#include "runtime/stores/postgres/session.hpp"

#include "tests/runtime/postgres/server.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <chrono>

namespace troupe {

namespace {

using test::server;

struct postgres_session : testing::Test {
  postgres_session() : url(server().make_database()) {}

  std::unique_ptr<pg_session> open(const pg_session_options& options = {}) {
    std::string error;
    auto session = pg_session::open(url, options, error);
    EXPECT_EQ(error, "");
    return session;
  }

  static pg_result exec(pg_session& session, const std::string& sql) {
    return session.attempt([&](pqxx::connection_base& c) { pqxx::nontransaction{c}.exec(sql); });
  }

  static std::string show(pg_session& session, const std::string& name) {
    std::string value;
    session.attempt([&](pqxx::connection_base& c) {
      value = pqxx::nontransaction{c}.exec1("SHOW " + name)[0].as<std::string>();
    });
    return value;
  }

  std::string url;
};

} // namespace

TEST_F(postgres_session, has_its_own_settings) {
  pg_session_options options;
  options.lock_timeout_ms = 1234;
  options.settings = {{"work_mem", "7MB"}};
  const auto session = open(options);
  ASSERT_TRUE(session);
  EXPECT_EQ(show(*session, "lock_timeout"), "1234ms");
  EXPECT_EQ(show(*session, "work_mem"), "7MB");
  EXPECT_EQ(show(*session, "statement_timeout"), "10s");
  EXPECT_EQ(show(*session, "idle_in_transaction_session_timeout"), "1s");
  EXPECT_EQ(show(*session, "search_path"), "troupe");
  EXPECT_EQ(show(*session, "synchronous_commit"), "on");
  EXPECT_EQ(show(*session, "client_encoding"), "UTF8");
  EXPECT_EQ(show(*session, "timezone"), "UTC");
  EXPECT_EQ(show(*session, "application_name"), "troupe");
  EXPECT_GT(session->backend_pid(), 0);
}

TEST_F(postgres_session, an_address_may_be_of_a_socket) {
  std::string error;
  const auto socket = server().socket_url(test::database_of(url));
  const auto session = pg_session::open(socket, {}, error);
  ASSERT_TRUE(session) << error;
  EXPECT_TRUE(exec(*session, "SELECT 1").done());
}

TEST_F(postgres_session, a_refusal_has_its_sqlstate_and_the_session_goes_on) {
  const auto session = open();
  exec(*session, "CREATE TEMPORARY TABLE t (x int PRIMARY KEY)");
  exec(*session, "INSERT INTO t VALUES (1)");
  const auto twice = exec(*session, "INSERT INTO t VALUES (1)");
  EXPECT_TRUE(twice.refused_as(sqlstate::unique_violation)) << twice.words;
  EXPECT_NE(twice.words.find("23505"), std::string::npos);
  EXPECT_EQ(twice.words.find('\n'), std::string::npos);
  const auto own = exec(*session,
                        "DO $$BEGIN RAISE EXCEPTION 'fenced' USING ERRCODE = 'LE001'; "
                        "END$$");
  EXPECT_TRUE(own.refused_as(sqlstate::fenced)) << own.words;
  EXPECT_TRUE(session->is_open());
  EXPECT_TRUE(exec(*session, "SELECT 1").done());
}

TEST_F(postgres_session, a_statement_out_of_time_is_a_refusal) {
  pg_session_options options;
  options.statement_timeout_ms = 50;
  const auto session = open(options);
  EXPECT_TRUE(exec(*session, "SELECT pg_sleep(10)").refused_as(sqlstate::query_canceled));
}

TEST_F(postgres_session, a_serialization_failure_may_succeed_again) {
  const auto one = open(), other = open();
  exec(*one, "CREATE SCHEMA troupe");
  exec(*one, "CREATE TABLE t AS SELECT 1 AS x");
  const auto result = one->attempt([&](pqxx::connection_base& c) {
    pqxx::transaction<pqxx::repeatable_read> late{c};
    late.exec("SELECT * FROM t");
    EXPECT_TRUE(exec(*other, "UPDATE t SET x = 2").done());
    late.exec("UPDATE t SET x = 3");
    late.commit();
  });
  EXPECT_TRUE(result.refused_as(sqlstate::serialization_failure)) << result.words;
  EXPECT_TRUE(result.may_succeed_again());
  EXPECT_TRUE(exec(*one, "SELECT 1").done());
}

TEST_F(postgres_session, a_terminated_session_is_an_unknown_outcome_and_stays_closed) {
  const auto session = open();
  server().terminate_backends(test::database_of(url));
  EXPECT_EQ(exec(*session, "SELECT 1").outcome, pg_outcome::unknown);
  EXPECT_FALSE(session->is_open());
  EXPECT_EQ(exec(*session, "SELECT 1").outcome, pg_outcome::unknown);
}

TEST_F(postgres_session, a_session_terminated_within_a_transaction_is_an_unknown_outcome) {
  const auto session = open();
  const auto result = session->attempt([&](pqxx::connection_base& c) {
    pqxx::work transaction{c};
    transaction.exec("SELECT 1");
    server().terminate_backends(test::database_of(url));
    transaction.exec("SELECT 2");
    transaction.commit();
  });
  EXPECT_EQ(result.outcome, pg_outcome::unknown) << result.sqlstate;
}

TEST_F(postgres_session, a_server_that_stops_is_an_unknown_outcome_and_then_no_session) {
  const auto session = open();
  server().stop_immediately();
  EXPECT_EQ(exec(*session, "SELECT 1").outcome, pg_outcome::unknown);
  std::string error;
  EXPECT_FALSE(pg_session::open(url, {}, error));
  EXPECT_NE(error.find("refused"), std::string::npos) << error;
  ASSERT_TRUE(server().start_again()) << server().error();
  EXPECT_TRUE(exec(*open(), "SELECT 1").done());
}

TEST_F(postgres_session, a_server_that_is_silent_is_given_up) {
  pg_session_options options;
  options.answer_timeout_ms = 300;
  const auto session = open(options);
  server().freeze(test::database_of(url));
  const auto start = std::chrono::steady_clock::now();
  const auto result = exec(*session, "SELECT 1");
  const auto took = std::chrono::steady_clock::now() - start;
  std::string error;
  EXPECT_FALSE(pg_session::open(url, options, error)); // connects, and then nobody speaks
  server().thaw();
  EXPECT_EQ(result.outcome, pg_outcome::unknown);
  EXPECT_NE(result.words.find("no answer within 300 ms"), std::string::npos) << result.words;
  EXPECT_LT(took, std::chrono::seconds{2});
  EXPECT_NE(error, "");
  EXPECT_TRUE(exec(*open(), "SELECT 1").done());
}

TEST_F(postgres_session, many_short_answers_are_not_cut_by_the_limit_of_each) {
  pg_session_options options;
  options.answer_timeout_ms = 400;
  const auto session = open(options);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(exec(*session, "SELECT pg_sleep(0.1)").done());
}

TEST_F(postgres_session, what_the_work_throws_does_not_escape) {
  const auto session = open();
  const auto result =
      session->attempt([](pqxx::connection_base&) { throw std::runtime_error{"bad row\n"}; });
  EXPECT_EQ(result.outcome, pg_outcome::unknown);
  EXPECT_NE(result.words.find("bad row"), std::string::npos);
}

TEST_F(postgres_session, a_statement_that_cannot_be_prepared_is_refused_at_once) {
  const auto session = open();
  EXPECT_TRUE(session->prepare("good", "SELECT $1::int + 1").done());
  EXPECT_TRUE(session->prepare("bad", "SELECT nonsense").refused_as("42703"));
}

TEST(postgres_address, is_shown_without_its_password) {
  EXPECT_EQ(pg_location("postgres://ann:secret@db.example:5433/market?sslpassword=x"),
            "postgres://ann@db.example:5433/market");
  EXPECT_EQ(pg_location("host=db user=ann password='se cret' dbname=market"),
            "postgres://ann@db/market");
  EXPECT_EQ(pg_location("postgres://ann:sec%zzret@host/x"), "postgres://…");
}

TEST(postgres_address, that_cannot_be_read_is_refused_without_repeating_it) {
  std::string error;
  EXPECT_FALSE(pg_session::open("postgres://ann:sec%zzret@host/x", {}, error));
  EXPECT_NE(error.find("not a PostgreSQL address"), std::string::npos);
  EXPECT_EQ(error.find("sec"), std::string::npos) << error;
}

TEST(postgres_address, a_refused_password_is_not_repeated_either) {
  std::string error;
  EXPECT_FALSE(pg_session::open("postgres://ann:secret@127.0.0.1:1/x", {}, error));
  EXPECT_EQ(error.find("secret"), std::string::npos) << error;
}

} // namespace troupe
