#include "runtime/commands/migrate.hpp"

#include "runtime/stores/file_lock.hpp"
#include "runtime/stores/postgres/migrations.hpp"

#include <cstdio>

namespace troupe {

namespace {

int tell(const std::string& where, const migrated& result) {
  if (!result.error.empty()) {
    std::fprintf(stderr, "troupe migrate: %s\n", result.error.c_str());
    return 1;
  }
  if (result.from == result.to)
    std::printf("%s: schema %d is current\n", where.c_str(), result.to);
  else
    std::printf("%s: schema %d -> %d\n", where.c_str(), result.from, result.to);
  return 0;
}

} // namespace

int run_migrate(const std::string& path, const schema& wanted) {
  migrated result;
  const auto lock = file_lock::take(path + ".lock", result.error);
  if (!lock) {
    result.error = path + ": " + result.error;
  } else if (const auto db = sqlite_db::open(path, 2000, result.error)) {
    result = migrate(*db, wanted);
  }
  return tell(path, result);
}

int run_postgres_migrate(const std::string& url) {
  migrated result;
  if (const auto session = pg_session::open(url, {}, result.error))
    result = migrate_postgres(*session);
  return tell(pg_location(url), result);
}

} // namespace troupe
