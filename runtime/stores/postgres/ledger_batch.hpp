// Appends as one call of journal_commit() (config/migrations/postgres/002_ledger.sql): what a lane
// of the PostgreSQL journal sends, and what it knows of its accounts once that is committed.
// Appends that follow each other share their account's place in it. No connection is known here.
#pragma once
#include "messages/journal.hpp"
#include "models/journal_heads.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// By shard; 0 where it is not this node's.
using shard_epochs = std::array<std::uint64_t, shard_count>;

/// Who writes: what the fence compares.
struct lease_claim {
  const std::string& node;
  const shard_epochs& epochs;
};

/// Parameters in binary format, in the order of the function's.
using pg_parameters = std::vector<std::string>;

/// Rows of accounts that catch up in a batch that has little else to do.
inline constexpr std::size_t most_caught_up = 128;

/// One call. `unknown` accounts get their numbers by its answer, in this order; then all heads are
/// what the accounts' are.
struct ledger_commit {
  pg_parameters parameters;
  std::vector<std::pair<account_id, account_head>> unknown, known;
};

/// False when an append does not follow the one before it, in the batch or in the book: the batch
/// cannot go in as it is. Without appends the accounts behind catch up.
/// @pre why_refused(append) is empty for each; all are of one lane, as is the book
bool plan_commit(const lease_claim& claim, const std::vector<const account_append*>& appends,
                 head_book& book, ledger_commit& out);

/// For the statement that tells which appends are stored: account, version and hash of each one's
/// last row.
pg_parameters last_row_parameters(const std::vector<const account_append*>& appends);

/// For the statements that tell what is stored of a batch's accounts, and of its references.
pg_parameters account_parameters(const std::vector<const account_append*>& appends);
pg_parameters reference_parameters(const std::vector<const account_append*>& appends);

} // namespace troupe
