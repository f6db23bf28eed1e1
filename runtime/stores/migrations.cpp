#include "runtime/stores/migrations.hpp"

namespace troupe {

namespace embedded {
extern const std::string_view sqlite_001_market, sqlite_001_ledger,
    sqlite_001_users; // config/cmake/embed.cmake
} // namespace embedded

namespace {

// The version of a file, or -1 when it cannot be told (db has failed).
int version_of(sqlite_db& db, const schema& wanted) {
  const auto id = db.integer("PRAGMA application_id", 0);
  const auto tables = db.integer("SELECT count(*) FROM sqlite_master", 0);
  if (db.ok() && id != wanted.application_id && (id != 0 || tables != 0))
    db.fail("is another program's database");
  if (!db.ok()) return -1;
  if (tables == 0) return 0;
  const auto version = db.integer("SELECT max(version) FROM schema_version", -1);
  return db.ok() ? static_cast<int>(version) : -1;
}

bool apply(sqlite_db& db, const schema& wanted, int version) {
  const auto& next = wanted.versions[static_cast<std::size_t>(version - 1)];
  const bool done = db.exec("BEGIN IMMEDIATE") && db.exec(std::string{next.sql})
      && db.ask("INSERT INTO schema_version (version, name) VALUES (?1, ?2)")
             .run(version, next.name)
      && db.exec("COMMIT");
  if (!done) db.rollback();
  return done;
}

} // namespace

const schema& market_schema() {
  static const schema all{1414681936, {{"market", embedded::sqlite_001_market}}};
  return all;
}

const schema& ledger_schema() {
  static const schema all{1414681932, {{"ledger", embedded::sqlite_001_ledger}}};
  return all;
}

const schema& users_schema() {
  static const schema all{1414681941, {{"users", embedded::sqlite_001_users}}};
  return all;
}

int newest_schema(const schema& wanted) { return static_cast<int>(wanted.versions.size()); }

migrated migrate(sqlite_db& db, const schema& wanted) {
  migrated result;
  const auto newest = newest_schema(wanted);
  result.from = result.to = version_of(db, wanted);
  if (result.from > newest)
    db.fail("has schema " + std::to_string(result.from) + ", newer than this program's "
            + std::to_string(newest) + "; use the program that wrote it");
  while (db.ok() && result.to < newest && apply(db, wanted, result.to + 1)) ++result.to;
  result.error = db.error();
  return result;
}

} // namespace troupe
