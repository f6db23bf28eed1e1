// The ledger's tables in one SQLite file (config/migrations/sqlite_ledger/001_ledger.sql): rows to
// structs and back, and the checks that make an append safe whoever else writes. No queue and no
// actor: sqlite_journal decides when a transaction begins and ends.
#pragma once
#include "messages/errors.hpp"
#include "messages/journal.hpp"
#include "models/journal_heads.hpp"
#include "runtime/stores/file_lock.hpp"
#include "runtime/stores/sqlite_db.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

class ledger_tables {
public:
  /// Locks the file, opens or makes it, recovers what a crash left, and migrates. Null and `error`
  /// when it is in use, newer, damaged, read-only or another program's. `max_pages` bounds the file
  /// (4096 bytes each; 0: SQLite's own bound).
  static std::unique_ptr<ledger_tables> open(const std::string& path, std::uint32_t busy_timeout_ms,
                                             std::uint32_t max_pages, std::string& error);

  /// A transaction. After a store_unavailable or false from anything in between, rollback().
  bool begin();
  bool commit();
  void rollback();

  /// Within a transaction. `out` is valid once it is committed. Any refusal but store_unavailable
  /// leaves the transaction as it was: it fails this request alone.
  /// @pre why_refused(request) is empty
  errc add(const account_append& request, appended& out);
  errc add(const put_dead_letter& request, std::uint64_t& id);
  errc add(const mark_replayed& request, bool& marked);
  errc add(const put_outbox_cursor& request, std::uint64_t& position);

  /// False after a failure; `out` is then of no use.
  bool read(const load_account& question, stored_account& out);
  bool read(const get_journal& question, std::vector<journal_row>& out);
  bool read(const find_reference& question, std::vector<journal_row>& out);
  bool read(const get_account_ids& question, std::vector<account_id>& out);
  bool read(const get_dead_letters& question, std::vector<dead_letter>& out);
  bool read(const get_outbox& question, std::vector<outbox_row>& out);
  bool read(const get_outbox_cursor& question, std::uint64_t& position);

  /// Pages of the write-ahead log; it grows until checkpoint().
  std::int64_t log_pages() const { return db_->log_pages(); }
  bool checkpoint() { return db_->checkpoint(); }

  /// What the last failure was, and forgets it.
  std::string take_error();

private:
  /// Accounts whose newest version is remembered, about 250 bytes each.
  static constexpr std::size_t most_heads = 200'000;

  ledger_tables(file_lock lock, std::unique_ptr<sqlite_db> db)
      : lock_(std::move(lock)), db_(std::move(db)), book_(most_heads) {}
  account_head head_of(const account_id& account);
  account_head stored_head_of(const account_id& account);
  std::int64_t number_of(const account_id& account);
  /// Whether the account has it, or, where it is unique over all accounts, any.
  bool has_reference(std::int64_t account, const reference_id& reference);
  bool repeats_reference(const account_append& request, const account_head& head);
  bool make_account(account_head& head, const account_append& request);
  /// Brings the rows of the accounts of this transaction up to date.
  bool write_heads();
  /// False also when a row is there already: then `there` is true.
  bool write_rows(std::int64_t account, const account_append& request, bool& there);
  bool write_snapshot(std::int64_t account, const account_append& request);

  file_lock lock_;
  std::unique_ptr<sqlite_db> db_; // closed before the lock is let go
  std::optional<std::uint64_t> waiting_letters_;
  head_book book_;
  std::int64_t others_version_ = -1; // of the file, as others' commits count it
};

} // namespace troupe
