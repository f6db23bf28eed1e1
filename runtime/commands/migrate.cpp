#include "runtime/commands/migrate.hpp"

#include "runtime/stores/file_lock.hpp"

#include <cstdio>

namespace troupe {

int run_migrate(const std::string& path, const schema& wanted) {
  std::string error;
  const auto lock = file_lock::take(path + ".lock", error);
  const auto db = lock ? sqlite_db::open(path, 2000, error) : nullptr;
  migrated result;
  if (db) {
    result = migrate(*db, wanted);
    error = result.error;
  } else if (!lock) {
    error = path + ": " + error;
  }
  if (!error.empty()) {
    std::fprintf(stderr, "troupe migrate: %s\n", error.c_str());
    return 1;
  }
  if (result.from == result.to)
    std::printf("%s: schema %d is current\n", path.c_str(), result.to);
  else
    std::printf("%s: schema %d -> %d\n", path.c_str(), result.from, result.to);
  return 0;
}

} // namespace troupe
