// Brings a PostgreSQL database to the schema this program speaks: everything stands in a schema
// named `troupe`, so that a database may be shared. The SQL is in config/migrations/postgres and
// compiled in; a released file is never changed, only followed by the next number.
#pragma once
#include "runtime/stores/migrations.hpp"
#include "runtime/stores/postgres/session.hpp"

#include <vector>

namespace troupe {

/// All versions, market and ledger in one line; version n stands at n - 1.
const std::vector<schema::version>& postgres_schema();

/// Applies what is missing, each version in a transaction of its own. Nodes that start together
/// wait for one another. A database that is newer, or whose schema `troupe` is another program's,
/// is refused unchanged.
migrated migrate_postgres(pg_session& session,
                          const std::vector<schema::version>& wanted = postgres_schema());

} // namespace troupe
