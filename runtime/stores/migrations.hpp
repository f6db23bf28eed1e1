// Brings a database to the schema this program speaks. The SQL is in config/migrations and compiled
// in; a released file is never changed, only followed by the next number.
#pragma once
#include "runtime/stores/sqlite_db.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// What a kind of file holds: the application id that marks it and the SQL of every version.
struct schema {
  struct version {
    std::string_view name, sql;
  };
  std::int64_t application_id;
  std::vector<version> versions; // version n stands at n - 1
};

/// Candles, predictions, signals: config/migrations/sqlite.
const schema& market_schema();
/// Accounts and their journal: config/migrations/sqlite_ledger.
const schema& ledger_schema();
/// Users and what they did: config/migrations/sqlite_users.
const schema& users_schema();

/// The version this program speaks.
int newest_schema(const schema& wanted = market_schema());

struct migrated {
  int from = 0, to = 0; // schema before and after; 0: an empty file
  std::string error;    // empty when all went well
};

/// Applies what is missing, each version in a transaction of its own. A database that is newer, or
/// another program's or another kind, is refused unchanged.
migrated migrate(sqlite_db& db, const schema& wanted = market_schema());

} // namespace troupe
