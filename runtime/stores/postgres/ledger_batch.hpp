// Appends as the parameters of journal_commit() (config/migrations/postgres/002_ledger.sql): what a
// lane of the PostgreSQL journal sends in one call. Appends that follow each other share their
// account's row. No connection is known here, and nothing is decided.
#pragma once
#include "messages/journal.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// Who writes: what the fence compares.
struct lease_claim {
  std::string node;
  std::uint64_t epoch = 0;
};

/// Parameters in binary format, in the order of the function's.
using pg_parameters = std::vector<std::string>;

/// False, and nothing in `out`, when two appends of one account do not follow each other: the batch
/// cannot go in as it is. @pre why_refused(append) is empty for each
bool commit_parameters(const lease_claim& claim, const std::vector<const account_append*>& appends,
                       pg_parameters& out);

/// For the statement that tells which appends are stored: account, version and hash of each one's
/// last row.
pg_parameters last_row_parameters(const std::vector<const account_append*>& appends);

/// For the statements that tell what is stored of a batch's accounts, and of its references.
pg_parameters account_parameters(const std::vector<const account_append*>& appends);
pg_parameters reference_parameters(const std::vector<const account_append*>& appends);

} // namespace troupe
