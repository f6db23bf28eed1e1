// How a database comes to its schema.
#include "runtime/stores/postgres/migrations.hpp"

#include "tests/runtime/postgres/server.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <thread>

namespace troupe {

namespace {

using test::server;

struct postgres_migrations : testing::Test {
  postgres_migrations() : url(server().make_database()) {}

  migrated bring_up(const std::vector<schema::version>& wanted = postgres_schema()) {
    std::string error;
    const auto session = pg_session::open(url, {}, error);
    EXPECT_EQ(error, "");
    return session ? migrate_postgres(*session, wanted) : migrated{};
  }
  std::string ask(const std::string& sql) { return server().ask(url, sql); }

  const int newest = static_cast<int>(postgres_schema().size());
  std::string url;
};

const std::vector<schema::version> two_versions{{"one", "CREATE TABLE a (x int)"},
                                                {"two", "INSERT INTO a VALUES (1)"}};

} // namespace

TEST_F(postgres_migrations, an_empty_database_comes_to_the_newest_schema_once) {
  const auto made = bring_up();
  EXPECT_EQ(made.error, "");
  EXPECT_EQ(made.from, 0);
  EXPECT_EQ(made.to, newest);
  const auto again = bring_up();
  EXPECT_EQ(again.error, "");
  EXPECT_EQ(again.from, newest);
  EXPECT_EQ(again.to, newest);
  EXPECT_EQ(ask("SELECT count(*) FROM troupe.schema_version"), std::to_string(newest));
}

TEST_F(postgres_migrations, a_shared_database_keeps_its_other_tables_to_itself) {
  ask("CREATE TABLE candles (theirs int)");
  EXPECT_EQ(bring_up().error, "");
  EXPECT_EQ(ask("SELECT count(*) FROM public.candles"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM troupe.candles"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "1");
}

TEST_F(postgres_migrations, nodes_that_start_together_apply_each_version_once) {
  std::vector<migrated> results(6);
  std::vector<std::thread> nodes;
  for (auto& result : results) nodes.emplace_back([&] { result = bring_up(two_versions); });
  for (auto& node : nodes) node.join();
  for (auto& result : results) {
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.to, 2);
  }
  EXPECT_EQ(ask("SELECT count(*) FROM troupe.a"), "1");
}

TEST_F(postgres_migrations, a_newer_database_is_refused_unchanged) {
  EXPECT_EQ(bring_up().error, "");
  ask("INSERT INTO troupe.schema_version (version, name) VALUES (99, 'later')");
  const auto result = bring_up();
  EXPECT_NE(result.error.find("has schema 99, newer than this program's " + std::to_string(newest)
                              + "; use the program that wrote it"),
            std::string::npos)
      << result.error;
}

TEST_F(postgres_migrations, a_schema_of_our_name_that_is_not_ours_is_refused) {
  ask("CREATE SCHEMA troupe; CREATE TABLE troupe.actors (name text)");
  EXPECT_NE(bring_up().error.find("another program's"), std::string::npos);
  EXPECT_EQ(ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'troupe'"), "1");
}

TEST_F(postgres_migrations, an_empty_schema_made_by_an_administrator_is_used) {
  ask("CREATE SCHEMA troupe");
  EXPECT_EQ(bring_up().error, "");
}

TEST_F(postgres_migrations, a_version_that_fails_leaves_the_one_before) {
  auto broken = two_versions;
  broken[1].sql = "CREATE TABLE b (x int); SELECT nonsense";
  const auto result = bring_up(broken);
  EXPECT_NE(result.error.find("nonsense"), std::string::npos);
  EXPECT_EQ(result.to, 1);
  EXPECT_EQ(ask("SELECT count(*) FROM pg_tables WHERE tablename = 'b'"), "0");
  EXPECT_EQ(bring_up(two_versions).to, 2);
}

} // namespace troupe
