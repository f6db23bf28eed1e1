// How money and hashes stand in the ledger's columns, for both halves of ledger_tables.
#pragma once
#include "messages/journal.hpp"
#include "runtime/stores/sqlite_db.hpp"

#include <algorithm>
#include <string_view>

namespace troupe {

/// The two whole numbers of an amount: units and a fraction of 1e-8, both of its sign.
inline std::int64_t whole_of(money x) {
  return static_cast<std::int64_t>(x.units() / money::scale);
}
inline std::int64_t fraction_of(money x) {
  return static_cast<std::int64_t>(x.units() % money::scale);
}
/// Sums of the two give the sum: they need not be of one sign or size.
inline money joined(std::int64_t whole, std::int64_t fraction) {
  return money::from_units(static_cast<int128>(whole) * money::scale + fraction);
}

inline as_blob as_bytes(const chain_hash& hash) {
  return {{reinterpret_cast<const char*>(hash.data()), hash.size()}};
}

/// The columns of TROUPE_LEDGER_ROW, from `first` on.
inline journal_row row_at(const sqlite_query& query, int first) {
  const auto number = [&](int i) { return query.integer(first + i); };
  journal_row row;
  row.version = static_cast<std::uint64_t>(number(0));
  row.at = number(1);
  row.reference = query.text(first + 2);
  row.content = static_cast<std::uint64_t>(number(3));
  row.kind = static_cast<std::uint8_t>(number(4));
  row.contra = static_cast<house_account>(number(5));
  row.amount = joined(number(6), number(7));
  row.balance_after = joined(number(8), number(9));
  row.reserved_after = joined(number(10), number(11));
  row.payload = query.blob(first + 12);
  const auto hash = query.blob(first + 13);
  std::copy_n(hash.begin(), std::min(hash.size(), row.hash.size()), row.hash.begin());
  return row;
}

} // namespace troupe

/// As literals: a statement is one fixed text. A reference is in one of two indexes, whose
/// conditions a search must repeat: is_of_the_world() says in which.
#define TROUPE_REFERENCE_OF_ACCOUNT "j.scope = 1"
#define TROUPE_REFERENCE_OF_THE_WORLD "j.scope = 2"
#define TROUPE_LEDGER_ROW                                                                          \
  "j.version, j.at, j.reference, j.content, j.kind, j.contra, j.amount_whole, j.amount_fraction,"  \
  " j.balance_whole, j.balance_fraction, j.reserved_whole, j.reserved_fraction, j.payload, j.hash"
