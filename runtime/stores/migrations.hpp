// Brings a database to the schema this program speaks. The SQL is in config/migrations/sqlite and
// compiled in; a released file is never changed, only followed by the next number.
#pragma once
#include "runtime/stores/sqlite_db.hpp"

#include <string>

namespace troupe {

/// The version this program speaks.
int newest_schema();

struct migrated {
  int from = 0, to = 0; // schema before and after; 0: an empty file
  std::string error;    // empty when all went well
};

/// Applies what is missing, each version in a transaction of its own. A database that is newer, or
/// another program's, is refused unchanged.
migrated migrate(sqlite_db& db);

} // namespace troupe
