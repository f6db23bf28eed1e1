// Opening, transactions, and what is written.
#include "runtime/stores/ledger_tables.hpp"

#include "models/journal_rules.hpp"
#include "models/placement.hpp"
#include "runtime/stores/ledger_columns.hpp"
#include "runtime/stores/migrations.hpp"

#include <unordered_set>
#include <utility>

namespace troupe {

namespace {

// synchronous=FULL: what was answered survives a power cut, not only a crash of the process.
bool configure(sqlite_db& db, std::uint32_t max_pages) {
  return db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                 "PRAGMA journal_size_limit = 134217728;"
                 "PRAGMA cache_size = -64000; PRAGMA temp_store = MEMORY")
      && (max_pages == 0 || db.exec("PRAGMA max_page_count = " + std::to_string(max_pages)));
}

} // namespace

std::unique_ptr<ledger_tables> ledger_tables::open(const std::string& path,
                                                   std::uint32_t busy_timeout_ms,
                                                   std::uint32_t max_pages, std::string& error) {
  auto lock = file_lock::take(path + ".lock", error);
  if (!lock) {
    error = path + ": " + error;
    return nullptr;
  }
  auto db = sqlite_db::open(path, busy_timeout_ms, error);
  if (!db) return nullptr;
  // The schema first: a file that is refused stays as it is.
  if (auto result = migrate(*db, ledger_schema()); !result.error.empty()) {
    error = result.error;
    return nullptr;
  }
  if (!configure(*db, max_pages)) {
    error = db->error();
    return nullptr;
  }
  db->checkpoint_by_hand();
  return std::unique_ptr<ledger_tables>{new ledger_tables{std::move(*lock), std::move(db)}};
}

// What is remembered of the accounts holds until another connection has written to the file.
bool ledger_tables::begin() {
  if (!db_->exec("BEGIN IMMEDIATE")) return false;
  const auto version = db_->integer("PRAGMA data_version", -1);
  if (std::exchange(others_version_, version) != version) book_.clear();
  return db_->ok();
}

bool ledger_tables::commit() { return write_heads() && db_->exec("COMMIT"); }

void ledger_tables::rollback() {
  db_->rollback();
  waiting_letters_.reset();
  book_.clear();
}

std::string ledger_tables::take_error() {
  auto words = db_->error();
  db_->clear_error();
  return words;
}

account_head ledger_tables::head_of(const account_id& account) {
  const auto* known = book_.find(account);
  return known ? *known : stored_head_of(account);
}

account_head ledger_tables::stored_head_of(const account_id& account) {
  auto query = db_->ask("SELECT number, version, balance_whole, balance_fraction FROM accounts"
                        " WHERE id = ?1");
  account_head head;
  if (!query.bind(account).step()) return head;
  head.number = query.integer(0);
  head.version = head.written = static_cast<std::uint64_t>(query.integer(1));
  head.balance = joined(query.integer(2), query.integer(3));
  return head;
}

std::int64_t ledger_tables::number_of(const account_id& account) {
  auto query = db_->ask("SELECT number FROM accounts WHERE id = ?1");
  return query.bind(account).step() ? query.integer(0) : 0;
}

bool ledger_tables::has_reference(std::int64_t account, const reference_id& reference) {
  if (is_of_the_world(reference))
    return db_
        ->ask("SELECT 1 FROM journal j WHERE j.reference = ?1"
              " AND " TROUPE_REFERENCE_OF_THE_WORLD)
        .bind(reference)
        .step();
  return db_
      ->ask("SELECT 1 FROM journal j WHERE j.account = ?1 AND j.reference = ?2"
            " AND " TROUPE_REFERENCE_OF_ACCOUNT)
      .bind(account, reference)
      .step();
}

bool ledger_tables::repeats_reference(const account_append& request, const account_head& head) {
  std::unordered_set<std::string_view> here;
  for (const auto& row : request.rows) {
    if (row.reference.empty()) continue;
    if (request.rows.size() > 1 && !here.insert(row.reference).second) return true;
    const bool may_be_there = head.number != 0 || is_of_the_world(row.reference);
    if (may_be_there && has_reference(head.number, row.reference)) return true;
  }
  return false;
}

bool ledger_tables::make_account(account_head& head, const account_append& request) {
  const auto& last = request.rows.back();
  const bool made =
      db_->ask("INSERT INTO accounts (id, shard, version, balance_whole, balance_fraction,"
               " reserved_whole, reserved_fraction, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
          .run(request.account, shard_of(request.account), static_cast<std::int64_t>(last.version),
               whole_of(last.balance_after), fraction_of(last.balance_after),
               whole_of(last.reserved_after), fraction_of(last.reserved_after),
               as_bytes(last.hash));
  head.number = made ? db_->last_id() : 0;
  head.written = last.version;
  return made;
}

// Once a transaction for each account, however many of its rows came in it.
bool ledger_tables::write_heads() {
  if (!book_.any_behind()) return true;
  auto update = db_->ask("UPDATE accounts SET version = ?2, balance_whole = ?3,"
                         " balance_fraction = ?4, reserved_whole = ?5, reserved_fraction = ?6,"
                         " hash = ?7 WHERE number = ?1");
  for (auto& [account, head] : book_.behind(most_heads)) {
    if (!update.run(head.number, static_cast<std::int64_t>(head.version), whole_of(head.balance),
                    fraction_of(head.balance), whole_of(head.reserved), fraction_of(head.reserved),
                    as_bytes(head.hash)))
      return false;
    head.written = head.version;
    book_.put(account, head);
  }
  return true;
}

bool ledger_tables::write_rows(std::int64_t account, const account_append& request, bool& there) {
  auto insert =
      db_->ask("INSERT INTO journal (account, version, at, reference, content, kind, contra, scope,"
               " amount_whole, amount_fraction, balance_whole, balance_fraction, reserved_whole,"
               " reserved_fraction, payload, hash)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
               " ON CONFLICT DO NOTHING");
  for (const auto& row : request.rows) {
    if (!insert.run(account, static_cast<std::int64_t>(row.version), row.at, row.reference,
                    static_cast<std::int64_t>(row.content), std::int32_t{row.kind},
                    static_cast<std::int32_t>(row.contra),
                    static_cast<std::int32_t>(scope_of(row.reference)), whole_of(row.amount),
                    fraction_of(row.amount), whole_of(row.balance_after),
                    fraction_of(row.balance_after), whole_of(row.reserved_after),
                    fraction_of(row.reserved_after), as_blob{row.payload}, as_bytes(row.hash)))
      return false;
    there = db_->changes() == 0;
    if (there) return false;
  }
  return true;
}

bool ledger_tables::write_snapshot(std::int64_t account, const account_append& request) {
  if (request.snapshot.empty()) return true;
  const auto& last = request.rows.back();
  return db_
      ->ask("INSERT INTO snapshots (account, version, hash, state) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (account) DO UPDATE SET version = ?2, hash = ?3, state = ?4")
      .run(account, static_cast<std::int64_t>(last.version), as_bytes(last.hash),
           as_blob{request.snapshot});
}

// A row that is there already leaves a single row's append as it was, so that the indexes alone
// can say so; with more, they are looked at first.
errc ledger_tables::add(const account_append& request, appended& out) {
  auto head = head_of(request.account);
  if (!db_->ok()) return errc::store_unavailable;
  if (head.version != request.expected_version) return errc::journal_stale;
  const bool follows = balances_follow(head.balance, request);
  const bool may_fail_alone = head.number != 0 && request.rows.size() == 1 && follows;
  const bool repeated = !may_fail_alone && repeats_reference(request, head);
  if (!db_->ok()) return errc::store_unavailable;
  if (repeated) return errc::idempotency_conflict;
  if (!follows) return errc::validation_error;
  if (head.number == 0 && !make_account(head, request)) return errc::store_unavailable;
  bool there = false;
  if (!write_rows(head.number, request, there)) {
    if (there && may_fail_alone && repeats_reference(request, head))
      return errc::idempotency_conflict;
    if (there) db_->fail("the journal has a version that its account has not");
    return errc::store_unavailable;
  }
  if (!write_snapshot(head.number, request)) return errc::store_unavailable;
  const auto& last = request.rows.back();
  head.version = last.version;
  head.balance = last.balance_after;
  head.reserved = last.reserved_after;
  head.hash = last.hash;
  book_.put(request.account, head);
  out = {request.account, last.version};
  return errc::none;
}

errc ledger_tables::add(const put_dead_letter& request, std::uint64_t& id) {
  if (!waiting_letters_) {
    const auto count = db_->integer("SELECT count(*) FROM dead_letters WHERE replayed = 0", 0);
    if (!db_->ok()) return errc::store_unavailable;
    waiting_letters_ = static_cast<std::uint64_t>(count);
  }
  if (*waiting_letters_ >= max_waiting_letters) return errc::busy;
  const auto& letter = request.letter;
  if (!db_->ask("INSERT INTO dead_letters (source, reason, body, at) VALUES (?1, ?2, ?3, ?4)")
           .run(letter.source, letter.reason, as_blob{letter.body}, letter.at))
    return errc::store_unavailable;
  ++*waiting_letters_;
  id = static_cast<std::uint64_t>(db_->last_id());
  return errc::none;
}

errc ledger_tables::add(const mark_replayed& request, bool& marked) {
  if (!db_->ask("UPDATE dead_letters SET replayed = 1 WHERE id = ?1 AND replayed = 0")
           .run(static_cast<std::int64_t>(request.id)))
    return errc::store_unavailable;
  marked = db_->changes() > 0;
  if (marked && waiting_letters_) --*waiting_letters_;
  return errc::none;
}

errc ledger_tables::add(const put_outbox_cursor& request, std::uint64_t& position) {
  const auto wanted = static_cast<std::int64_t>(request.position);
  const auto newest = db_->integer("SELECT max(position) FROM journal", 0);
  const auto readers = db_->integer("SELECT count(*) FROM outbox_cursors", 0);
  auto known = db_->ask("SELECT 1 FROM outbox_cursors WHERE reader = ?1");
  const bool is_new = !known.bind(request.reader).step();
  if (!db_->ok()) return errc::store_unavailable;
  if (wanted > newest || (is_new && readers >= static_cast<std::int64_t>(max_readers)))
    return errc::validation_error;
  auto put = db_->ask("INSERT INTO outbox_cursors (reader, position) VALUES (?1, ?2)"
                      " ON CONFLICT (reader) DO UPDATE SET position = max(position, ?2)"
                      " RETURNING position");
  if (put.bind(request.reader, wanted).step())
    position = static_cast<std::uint64_t>(put.integer(0));
  while (put.step()) {
  }
  return db_->ok() ? errc::none : errc::store_unavailable;
}

} // namespace troupe
