// ledger_tables: what is read.
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
  const auto number = number_of(question.account);
  if (number == 0) return db_->ok();
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
  auto row = db_->ask("SELECT " TROUPE_LEDGER_ROW " FROM journal j"
                      " WHERE j.account = ?1 AND j.reference = ?2 AND j.reference <> ''");
  row.bind(number_of(question.account), question.reference);
  if (row.step()) out.push_back(row_at(row, 0));
  return db_->ok();
}

bool ledger_tables::read(const get_trial_balance&, ledger_totals& out) {
  // A sum of whole units could pass 64 bits at ten million rows of the largest amount: their upper
  // and lower 20 bits are summed apart. Integer shifts and masks are exact for negatives too.
  const auto total = [](const sqlite_query& q, int first) {
    const auto upper = static_cast<int128>(q.integer(first)) * (1 << 20);
    return (upper + q.integer(first + 1)) * money::scale + q.integer(first + 2);
  };
  auto accounts = db_->ask("SELECT count(*), coalesce(sum(balance_whole >> 20), 0),"
                           " coalesce(sum(balance_whole & 1048575), 0),"
                           " coalesce(sum(balance_fraction), 0) FROM accounts");
  if (!accounts.bind().step()) return false;
  int128 all = total(accounts, 1);
  out.accounts = money::from_units(all);
  out.account_count = static_cast<std::uint64_t>(accounts.integer(0));
  auto houses = db_->ask("SELECT contra, count(*), sum(amount_whole >> 20),"
                         " sum(amount_whole & 1048575), sum(amount_fraction) FROM journal"
                         " GROUP BY contra");
  houses.bind();
  while (houses.step()) {
    const auto gained = -total(houses, 2);
    all += gained;
    out.row_count += static_cast<std::uint64_t>(houses.integer(1));
    switch (static_cast<house_account>(houses.integer(0))) {
    case house_account::engine: out.engine = money::from_units(gained); break;
    case house_account::market: out.market = money::from_units(gained); break;
    case house_account::payments: out.payments = money::from_units(gained); break;
    case house_account::transit: out.transit = money::from_units(gained); break;
    case house_account::none: break;
    }
  }
  out.difference = money::from_units(all);
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
