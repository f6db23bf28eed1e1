// SQLite's C interface with owners instead of pointers: one connection, its prepared statements,
// its last failure in words. No table is known here, and nothing throws: every call says whether it
// went well. Used by one thread at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace troupe {

class sqlite_db;

/// Bound as a BLOB: bytes of any kind, where a bare text is bound as TEXT.
struct as_blob {
  std::string_view bytes;
};

/// A prepared statement on loan from its connection; given back clean when it goes.
/// At most one loan of a text at a time.
class sqlite_query {
public:
  sqlite_query(sqlite_db& db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  ~sqlite_query();
  sqlite_query(const sqlite_query&) = delete;
  sqlite_query& operator=(const sqlite_query&) = delete;

  /// Binds ?1, ?2 … and makes ready to step. Texts must outlive the last step.
  template<class... Ts>
  sqlite_query& bind(const Ts&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }

  /// True when a row is there; false at the end or after a failure (see sqlite_db::ok).
  bool step();

  /// Binds and runs to the end. False after a failure.
  template<class... Ts>
  bool run(const Ts&... values) {
    bind(values...);
    while (step()) {
    }
    return succeeded_;
  }

  /// Columns of the present row, from 0.
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::string blob(int column) const;
  bool is_null(int column) const;

private:
  void reset();
  void bind_one(int index, std::int64_t value);
  void bind_one(int index, std::int32_t value) { bind_one(index, std::int64_t{value}); }
  void bind_one(int index, std::uint32_t value) { bind_one(index, std::int64_t{value}); }
  void bind_one(int index, double value);
  void bind_one(int index, std::string_view value);
  void bind_one(int index, as_blob value);

  sqlite_db& db_;
  sqlite3_stmt* statement_; // null when it could not be prepared
  bool succeeded_ = false;
};

class sqlite_db {
public:
  /// Opens or creates a file for reading and writing. Null and `error` filled when it cannot be
  /// read, written or understood.
  static std::unique_ptr<sqlite_db> open(const std::string& path, std::uint32_t busy_timeout_ms,
                                         std::string& error);
  ~sqlite_db();
  sqlite_db(const sqlite_db&) = delete;
  sqlite_db& operator=(const sqlite_db&) = delete;

  /// Runs one or more statements and drops their rows.
  bool exec(const std::string& sql);

  /// A prepared statement, kept for the next time: `sql` must be one of few fixed texts.
  sqlite_query ask(std::string_view sql);

  /// The first column of the first row; `otherwise` when there is none, or after a failure.
  std::int64_t integer(std::string_view sql, std::int64_t otherwise);

  /// Rows changed by the last INSERT, UPDATE or DELETE.
  std::int64_t changes() const;
  std::int64_t last_id() const;

  /// From here on the write-ahead log is brought into the file by checkpoint() alone, and its
  /// length is known.
  void checkpoint_by_hand();
  /// Pages in the log after the newest commit.
  std::int64_t log_pages() const { return log_pages_; }
  /// Brings what is in the log into the file, as far as nobody else is reading it. Writers on other
  /// connections go on meanwhile.
  bool checkpoint();

  /// Ends a transaction that is still open, whatever became of it.
  void rollback();

  /// False from the first failure until clear_error().
  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  void clear_error() { error_.clear(); }
  /// Records a failure; the first one is kept.
  void fail(std::string words);

private:
  friend class sqlite_query;
  sqlite_db(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  void fail_with_last();

  sqlite3* handle_;
  std::string path_, error_;
  std::int64_t log_pages_ = 0;
  std::unordered_map<std::string_view, sqlite3_stmt*> statements_;
};

/// Pages (4096 bytes) that the log of a file may have before it is written back: `most`, or an
/// eighth of what the disk has left, for a log that has filled its disk can never be written back.
std::int64_t log_pages(const std::string& path, std::int64_t most);

} // namespace troupe
