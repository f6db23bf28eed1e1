#include "runtime/stores/migrations.hpp"

#include <array>
#include <string_view>

namespace troupe {

namespace embedded {
extern const std::string_view sqlite_001_market; // config/cmake/embed.cmake
} // namespace embedded

namespace {

constexpr std::int64_t application_id = 1414681936; // as 001_market.sql sets it

struct migration {
  std::string_view name, sql;
};

// Version n stands at n - 1.
const std::array<migration, 1>& migrations() {
  static const std::array<migration, 1> all{{{"market", embedded::sqlite_001_market}}};
  return all;
}

// The schema of a file, or -1 when it cannot be told (db has failed).
int schema_of(sqlite_db& db) {
  const auto id = db.integer("PRAGMA application_id", 0);
  const auto tables = db.integer("SELECT count(*) FROM sqlite_master", 0);
  if (db.ok() && id != application_id && (id != 0 || tables != 0))
    db.fail("is another program's database");
  if (!db.ok()) return -1;
  if (tables == 0) return 0;
  const auto version = db.integer("SELECT max(version) FROM schema_version", -1);
  return db.ok() ? static_cast<int>(version) : -1;
}

bool apply(sqlite_db& db, int version) {
  const auto& next = migrations()[static_cast<std::size_t>(version - 1)];
  const bool done = db.exec("BEGIN IMMEDIATE") && db.exec(std::string{next.sql})
      && db.ask("INSERT INTO schema_version (version, name) VALUES (?1, ?2)")
             .run(version, next.name)
      && db.exec("COMMIT");
  if (!done) db.rollback();
  return done;
}

} // namespace

int newest_schema() { return static_cast<int>(migrations().size()); }

migrated migrate(sqlite_db& db) {
  migrated result;
  result.from = result.to = schema_of(db);
  if (result.from > newest_schema())
    db.fail("has schema " + std::to_string(result.from) + ", newer than this program's "
            + std::to_string(newest_schema()) + "; use the program that wrote it");
  while (db.ok() && result.to < newest_schema() && apply(db, result.to + 1)) ++result.to;
  result.error = db.error();
  return result;
}

} // namespace troupe
