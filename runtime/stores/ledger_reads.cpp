// ledger_tables: what is read.
#include "models/journal_rules.hpp"
#include "runtime/stores/ledger_columns.hpp"
#include "runtime/stores/ledger_tables.hpp"

namespace troupe {

namespace {

chain_hash hash_at(const sqlite_query& query, int column) {
  chain_hash hash{};
  const auto bytes = query.blob(column);
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

} // namespace

bool ledger_tables::read(const load_account& question, stored_account& out) {
  auto account = db_->ask("SELECT number, version, balance_whole, balance_fraction, reserved_whole,"
                          " reserved_fraction, hash FROM accounts WHERE id = ?1");
  if (!account.bind(question.account).step()) return db_->ok();
  const auto number = account.integer(0);
  out.version = static_cast<std::uint64_t>(account.integer(1));
  out.balance = joined(account.integer(2), account.integer(3));
  out.reserved = joined(account.integer(4), account.integer(5));
  out.hash = hash_at(account, 6);
  auto snapshot = db_->ask("SELECT version, hash, state FROM snapshots WHERE account = ?1");
  if (snapshot.bind(number).step()) {
    out.snapshot_version = static_cast<std::uint64_t>(snapshot.integer(0));
    out.snapshot_hash = hash_at(snapshot, 1);
    out.snapshot = snapshot.blob(2);
  }
  auto rows = db_->ask("SELECT " TROUPE_LEDGER_ROW " FROM journal j"
                       " WHERE j.account = ?1 AND j.version > ?2 ORDER BY j.version");
  rows.bind(number, static_cast<std::int64_t>(out.snapshot_version));
  while (rows.step()) out.rows.push_back(row_at(rows, 0));
  return db_->ok();
}

bool ledger_tables::read(const get_journal& question, std::vector<journal_row>& out) {
  auto rows = db_->ask("SELECT " TROUPE_LEDGER_ROW " FROM journal j"
                       " WHERE j.account = ?1 AND j.version >= ?2 ORDER BY j.version LIMIT ?3");
  rows.bind(number_of(question.account), static_cast<std::int64_t>(question.from_version),
            question.limit);
  while (rows.step()) out.push_back(row_at(rows, 0));
  return db_->ok();
}

bool ledger_tables::read(const find_reference& question, std::vector<journal_row>& out) {
  auto row =
      db_->ask(is_of_the_world(question.reference) ? "SELECT " TROUPE_LEDGER_ROW " FROM journal j"
                                                     " WHERE j.account = ?1 AND j.reference = ?2"
                                                     " AND " TROUPE_REFERENCE_OF_THE_WORLD
                                                   : "SELECT " TROUPE_LEDGER_ROW " FROM journal j"
                                                     " WHERE j.account = ?1 AND j.reference = ?2"
                                                     " AND " TROUPE_REFERENCE_OF_ACCOUNT);
  row.bind(number_of(question.account), question.reference);
  if (row.step()) out.push_back(row_at(row, 0));
  return db_->ok();
}

bool ledger_tables::read(const get_account_ids& question, std::vector<account_id>& out) {
  auto query = db_->ask("SELECT id FROM accounts WHERE id > ?1 ORDER BY id LIMIT ?2");
  query.bind(question.after, question.limit);
  while (query.step()) out.push_back(query.text(0));
  return db_->ok();
}

bool ledger_tables::read(const get_dead_letters& question, std::vector<dead_letter>& out) {
  auto query = db_->ask("SELECT id, source, reason, body, at, replayed FROM dead_letters"
                        " WHERE id > ?1 ORDER BY id LIMIT ?2");
  query.bind(static_cast<std::int64_t>(question.after), question.limit);
  while (query.step())
    out.push_back({static_cast<std::uint64_t>(query.integer(0)), query.text(1), query.text(2),
                   query.blob(3), query.integer(4), query.integer(5) != 0});
  return db_->ok();
}

bool ledger_tables::read(const get_outbox& question, std::vector<outbox_row>& out) {
  auto query = db_->ask("SELECT j.position, a.id, " TROUPE_LEDGER_ROW " FROM journal j"
                        " JOIN accounts a ON a.number = j.account WHERE j.position > ?1"
                        " ORDER BY j.position LIMIT ?2");
  query.bind(static_cast<std::int64_t>(question.after), question.limit);
  while (query.step())
    out.push_back({static_cast<std::uint64_t>(query.integer(0)), query.text(1), row_at(query, 2)});
  return db_->ok();
}

bool ledger_tables::read(const get_outbox_cursor& question, std::uint64_t& position) {
  auto query = db_->ask("SELECT position FROM outbox_cursors WHERE reader = ?1");
  if (query.bind(question.reader).step()) position = static_cast<std::uint64_t>(query.integer(0));
  return db_->ok();
}

} // namespace troupe
