// The market's tables in one SQLite file (config/migrations/sqlite/001_market.sql): rows to structs
// and back. No queue and no actor: store_queue decides what goes into a transaction. Money
// is not kept here; it has a file of its own.
#pragma once
#include "runtime/stores/file_lock.hpp"
#include "runtime/stores/sqlite_db.hpp"
#include "runtime/stores/store_write.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace troupe {

class market_tables {
public:
  static constexpr const char* kind = "sqlite";

  /// Locks the file, opens or makes it, recovers what a crash left, and migrates. Null and `error`
  /// when it is in use, newer, damaged, read-only or another program's. `max_pages` bounds the file
  /// (4096 bytes each; 0: SQLite's own bound).
  static std::unique_ptr<market_tables> open(const std::string& path, std::uint32_t busy_timeout_ms,
                                             std::uint32_t max_pages, std::string& error);

  /// Keeps all of a batch in one transaction and fills its receipts, or keeps nothing of it.
  /// @pre why_unstorable is empty for each request
  bool write(const write_batch& batch);

  /// Deletes up to `max_rows` rows past their retention in a transaction of its own; fewer deleted
  /// means that none are left.
  bool erase_some(const apply_retention& limits, std::uint32_t max_rows, std::uint64_t& deleted);

  /// False after a failure; `out` is then of no use.
  bool read(const get_candles& question, std::vector<candle>& out);
  bool read(const get_signals& question, signal_page& out);
  bool read(const get_open_rows& question, open_rows& out);
  bool read(const get_spans& question, std::vector<candle_span>& out);
  bool read(const get_note& question, std::string& out);
  bool read(const get_spreads& question, spread_row& out);

  /// What the last failure was, and forgets it.
  std::string take_error();

private:
  using signal_sort =
      std::tuple<std::int64_t, std::int32_t, std::string_view>; // symbol id, …, type

  market_tables(file_lock lock, std::unique_ptr<sqlite_db> db)
      : lock_(std::move(lock)), db_(std::move(db)) {}
  bool begin();
  bool commit();
  void rollback();
  // Within a transaction. The receipt is valid once it is committed.
  bool add(const put_candles& request, put_receipt& receipt);
  bool add(const put_log& request, put_receipt& receipt);
  bool add(const put_note& request, put_receipt& receipt);
  bool add(const swap_note& request, put_receipt& receipt);
  bool add(const put_spreads& request, put_receipt& receipt);
  bool add_served(const std::vector<served_signal>& all, put_receipt& receipt);
  bool add_outcomes(const put_log& request, put_receipt& receipt);
  bool add(const prediction& p, sqlite_query& insert);
  bool add(const signal& s, sqlite_query& insert);
  bool write_counts();
  void erase_candles(const symbol_name& of, utc_ms before, std::int64_t& left);
  void erase_predictions(const symbol_name& of, utc_ms before, std::int64_t& left);
  void erase_signals(const symbol_name& of, utc_ms before, std::int64_t& left);
  void erase_spreads(const symbol_name& of, utc_ms before, std::int64_t& left);
  void erase_served(const symbol_name& of, utc_ms before, std::int64_t& left);
  std::vector<std::int64_t> symbol_ids(const symbol_name& one); // empty: all

  // Ids are made when first used within a transaction; 0 after a failure.
  std::int64_t symbol_id(const std::string& name);
  std::int64_t name_id(const std::string& name);
  std::int64_t known_symbol_id(const std::string& name); // 0: unknown

  file_lock lock_;
  std::unique_ptr<sqlite_db> db_; // closed before the lock is let go
  std::unordered_map<std::string, std::int64_t> symbol_ids_, name_ids_;
  // Changes of this transaction's counters, written before its commit.
  std::map<std::int64_t, std::int64_t> candle_changes_;
  std::map<signal_sort, std::int64_t> signal_changes_;
};

} // namespace troupe
