// `troupe migrate` for a SQLite file and for a PostgreSQL database.
#pragma once
#include "runtime/stores/migrations.hpp"

#include <string>

namespace troupe {

/// Brings the file (made when absent) to the current schema and prints from which to which version.
/// Returns the exit status: 1 with one clear line on stderr when the file is newer, in use, another
/// program's or cannot be written.
int run_migrate(const std::string& path, const schema& wanted = market_schema());

/// The same for a PostgreSQL database, which must exist and allow a schema `troupe`; `url` as in
/// store.url. Nobody is shown its password.
int run_postgres_migrate(const std::string& url);

} // namespace troupe
