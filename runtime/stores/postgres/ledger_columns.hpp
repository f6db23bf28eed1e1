// How rows of the ledger stand in PostgreSQL's answers, for all who read them.
#pragma once
#include "messages/journal.hpp"
#include "runtime/stores/postgres/ledger_arrays.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <string>
#include <string_view>

namespace troupe {

inline std::string bytes_at(const pqxx::field& field) {
  const pqxx::binarystring bytes{field};
  return {bytes.get(), bytes.size()};
}

inline chain_hash hash_at(const pqxx::field& field) {
  chain_hash hash{};
  const auto bytes = bytes_at(field);
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

inline money money_at(const pqxx::field& field) {
  return money_from_pg({field.c_str(), field.size()});
}

/// The columns of TROUPE_PG_LEDGER_ROW, from `first` on.
inline journal_row ledger_row_at(const pqxx::row& columns, int first) {
  const auto column = [&](int i) { return columns[first + i]; };
  journal_row row;
  row.version = column(0).as<std::uint64_t>();
  row.at = column(1).as<std::int64_t>();
  row.reference = column(2).c_str();
  row.content = static_cast<std::uint64_t>(column(3).as<std::int64_t>());
  row.kind = static_cast<std::uint8_t>(column(4).as<int>());
  row.contra = static_cast<house_account>(column(5).as<int>());
  row.amount = money_at(column(6));
  row.balance_after = money_at(column(7));
  row.reserved_after = money_at(column(8));
  row.payload = bytes_at(column(9));
  row.hash = hash_at(column(10));
  return row;
}

} // namespace troupe

/// As literals: a statement is one fixed text. A reference is in one of two indexes, whose
/// conditions a search must repeat: is_of_the_world() says in which.
#define TROUPE_PG_REFERENCE_OF_ACCOUNT "j.scope = 1"
#define TROUPE_PG_REFERENCE_OF_THE_WORLD "j.scope = 2"
#define TROUPE_PG_LEDGER_ROW                                                                       \
  "j.version, j.at, j.reference, j.content, j.kind, j.contra, j.amount, j.balance_after,"          \
  " j.reserved_after, j.payload, j.hash"
/// `j`, of an account `a`: its newest row in the journal. An account's own row may be behind it,
/// and is before it only where something was lost; the newer of the two counts.
#define TROUPE_PG_NEWEST_ROW                                                                       \
  " LEFT JOIN LATERAL (SELECT version, balance_after FROM journal WHERE account = a.number"        \
  " ORDER BY version DESC LIMIT 1) j ON true"
#define TROUPE_PG_NEWEST_BALANCE                                                                   \
  "CASE WHEN j.version > a.version THEN j.balance_after ELSE a.balance END"
