// A PostgreSQL address taken apart: what libpq is given, and what people may see of it.
#pragma once
#include "runtime/stores/postgres/session.hpp"

#include <optional>
#include <string>

namespace troupe {

struct pg_address {
  std::string connection; // keywords and values for libpq, with ours where the address has none
  std::string location;   // for people
};

/// Nothing when libpq cannot read it.
std::optional<pg_address> read_pg_address(const std::string& url,
                                          const pg_session_options& options);

} // namespace troupe
