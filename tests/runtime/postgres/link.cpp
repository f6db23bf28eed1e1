// When work is run again, and when it is left alone.
#include "runtime/stores/postgres/link.hpp"

#include "tests/runtime/postgres/server.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace troupe {

namespace {

using test::server;

struct postgres_link : testing::Test {
  postgres_link() : url(server().make_database()), link(url, {{"one", "SELECT 1"}}, {}) {}

  // Runs what throws its first `failures` times.
  template<class Failure>
  pg_result after(int failures, const Failure& failure) {
    return link.repeatable([&](pqxx::connection_base& connection) {
      pqxx::nontransaction{connection}.exec_prepared("one");
      if (++runs <= failures) throw failure;
    });
  }

  std::string url;
  pg_link link;
  int runs = 0;
};

} // namespace

TEST_F(postgres_link, work_in_another_transactions_way_runs_again_in_the_same_session) {
  EXPECT_TRUE(after(3, pqxx::deadlock_detected{"later"}).done());
  EXPECT_EQ(runs, 4);
  EXPECT_EQ(link.generation(), 1u);
}

TEST_F(postgres_link, work_that_is_always_in_the_way_is_given_up) {
  EXPECT_TRUE(
      after(99, pqxx::serialization_failure{"later"}).refused_as(sqlstate::serialization_failure));
  EXPECT_EQ(runs, 4);
}

TEST_F(postgres_link, a_refusal_is_not_repeated) {
  EXPECT_TRUE(after(1, pqxx::unique_violation{"twice", "", "23505"})
                  .refused_as(sqlstate::unique_violation));
  EXPECT_EQ(runs, 1);
}

TEST_F(postgres_link, a_lost_session_is_replaced_once_with_its_statements) {
  EXPECT_TRUE(after(1, pqxx::broken_connection{"gone"}).done());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(link.generation(), 2u);
  runs = 0;
  EXPECT_EQ(after(99, pqxx::broken_connection{"gone"}).outcome, pg_outcome::unknown);
  EXPECT_EQ(runs, 2);
}

TEST_F(postgres_link, an_absent_server_is_not_asked_during_the_backoff) {
  pg_link_options patient;
  patient.backoff_ms = patient.backoff_max_ms = 3'600'000;
  pg_link waiting{url, {}, patient};
  const auto nothing = [](pqxx::connection_base&) {};
  EXPECT_TRUE(waiting.repeatable(nothing).done());
  server().stop_immediately();
  EXPECT_EQ(after(0, 0).outcome, pg_outcome::unknown);
  for (int i = 0; i < 2; ++i) {
    const auto lost = waiting.repeatable(
        [](pqxx::connection_base& c) { pqxx::nontransaction{c}.exec("SELECT 1"); });
    EXPECT_EQ(lost.outcome, pg_outcome::unknown);
  }
  ASSERT_TRUE(server().start_again()) << server().error();
  EXPECT_EQ(waiting.repeatable(nothing).outcome, pg_outcome::unknown); // still within the hour
  EXPECT_EQ(waiting.generation(), 1u);
}

} // namespace troupe
