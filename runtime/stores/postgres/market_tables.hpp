// The market's tables in PostgreSQL (config/migrations/postgres/001_market.sql): rows to structs
// and back. A batch goes as one statement per kind, its columns as arrays. No queue and no actor:
// store_queue decides what goes into a transaction.
#pragma once
#include "runtime/stores/postgres/link.hpp"
#include "runtime/stores/store_write.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace troupe {

class pg_market_tables {
public:
  static constexpr const char* kind = "postgres";

  /// Connects and migrates. Null and `error` when nobody answers or the database is refused.
  static std::unique_ptr<pg_market_tables> open(const std::string& url,
                                                const pg_link_options& options, std::string& error);

  /// Keeps all of a batch in one transaction and fills its receipts, or keeps nothing of it; after
  /// a lost connection it may have been kept, and is kept once when it is put again.
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
  using id = std::int32_t;
  using known_ids = std::unordered_map<std::string, id>;

  pg_market_tables(const std::string& url, const pg_link_options& options);
  bool attempt(const std::function<void(pqxx::connection_base&)>& work);

  // Ids are looked up, or made in a transaction of their own, before the rows that use them.
  void learn_ids(pqxx::connection_base& connection, const write_batch& batch);
  id symbol_id(const std::string& name) const { return symbols_.at(name); }
  id name_id(const std::string& name) const { return names_.at(name); }

  void put_all_candles(pqxx::transaction_base& transaction, const write_batch& batch) const;
  void put_all_predictions(pqxx::transaction_base& transaction, const write_batch& batch) const;
  void put_all_signals(pqxx::transaction_base& transaction, const write_batch& batch) const;
  void put_all_served(pqxx::transaction_base& transaction, const write_batch& batch) const;
  void put_all_outcomes(pqxx::transaction_base& transaction, const write_batch& batch) const;
  void put_all_spreads(pqxx::transaction_base& transaction, const write_batch& batch) const;

  pg_link link_;
  std::string error_;
  known_ids symbols_, names_;
  std::uint64_t learnt_in_ = 0; // generation of the link
};

/// The statements of market_tables.cpp, market_logs.cpp, market_outcomes.cpp, market_retention.cpp
/// and market_spreads.cpp.
const std::vector<pg_statement>& pg_candle_statements();
const std::vector<pg_statement>& pg_log_statements();
const std::vector<pg_statement>& pg_outcome_statements();
const std::vector<pg_statement>& pg_retention_statements();
const std::vector<pg_statement>& pg_spread_statements();

} // namespace troupe
