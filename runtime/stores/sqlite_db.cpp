#include "runtime/stores/sqlite_db.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cassert>
#include <filesystem>
#include <system_error>

namespace troupe {

sqlite_query::~sqlite_query() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_); // bound texts are not ours to keep
}

void sqlite_query::reset() {
  succeeded_ = false;
  if (statement_) sqlite3_reset(statement_);
}

bool sqlite_query::step() {
  if (!statement_) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  succeeded_ = code == SQLITE_DONE;
  if (!succeeded_) db_.fail_with_last();
  return false;
}

std::int64_t sqlite_query::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double sqlite_query::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string sqlite_query::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (!bytes) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string sqlite_query::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (!bytes) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool sqlite_query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void sqlite_query::bind_one(int index, std::int64_t value) {
  if (statement_) sqlite3_bind_int64(statement_, index, value);
}

void sqlite_query::bind_one(int index, double value) {
  if (statement_) sqlite3_bind_double(statement_, index, value);
}

void sqlite_query::bind_one(int index, std::string_view value) {
  // An empty view may carry a null pointer, which SQLite would take for NULL.
  if (statement_)
    sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(),
                        SQLITE_STATIC, SQLITE_UTF8);
}

void sqlite_query::bind_one(int index, as_blob value) {
  if (statement_)
    sqlite3_bind_blob64(statement_, index, value.bytes.empty() ? "" : value.bytes.data(),
                        value.bytes.size(), SQLITE_STATIC);
}

std::unique_ptr<sqlite_db> sqlite_db::open(const std::string& path, std::uint32_t busy_timeout_ms,
                                           std::string& error) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  if (code != SQLITE_OK) {
    error = path + ": " + (handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
    sqlite3_close(handle);
    return nullptr;
  }
  std::unique_ptr<sqlite_db> db{new sqlite_db{handle, path}};
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout_ms));
  // The file is first read here: what is no database shows now. SQLite opens a file that it may
  // not write as read-only without saying so.
  db->integer("SELECT count(*) FROM sqlite_master", 0);
  if (!db->ok())
    error = db->error();
  else if (sqlite3_db_readonly(handle, "main") == 1)
    error = path + ": is read-only";
  if (!error.empty()) return nullptr;
  return db;
}

sqlite_db::~sqlite_db() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  [[maybe_unused]] const int code = sqlite3_close(handle_);
  assert(code == SQLITE_OK);
}

bool sqlite_db::exec(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return true;
  fail_with_last();
  return false;
}

sqlite_query sqlite_db::ask(std::string_view sql) {
  auto& statement = statements_[sql];
  if (!statement
      && sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr)
          != SQLITE_OK)
    fail_with_last();
  return {*this, statement};
}

std::int64_t sqlite_db::integer(std::string_view sql, std::int64_t otherwise) {
  auto query = ask(sql);
  return query.bind().step() ? query.integer(0) : otherwise;
}

std::int64_t sqlite_db::changes() const { return sqlite3_changes64(handle_); }
std::int64_t sqlite_db::last_id() const { return sqlite3_last_insert_rowid(handle_); }

void sqlite_db::checkpoint_by_hand() {
  const auto remember = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<std::int64_t*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(handle_, remember, &log_pages_);
}

bool sqlite_db::checkpoint() {
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK || code == SQLITE_BUSY) return true; // busy: another does it already
  fail_with_last();
  return false;
}

void sqlite_db::rollback() {
  // Some failures (disk full, I/O) have rolled back already.
  if (!sqlite3_get_autocommit(handle_))
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void sqlite_db::fail(std::string words) {
  if (error_.empty()) error_ = path_ + ": " + std::move(words);
}

void sqlite_db::fail_with_last() {
  fail(std::string{sqlite3_errmsg(handle_)} + " (SQLite "
       + std::to_string(sqlite3_extended_errcode(handle_)) + ")");
}

std::int64_t log_pages(const std::string& path, std::int64_t most) {
  constexpr std::int64_t page_bytes = 4096, least = 100;
  std::error_code failed;
  const auto folder = std::filesystem::absolute(path, failed).parent_path();
  const auto left = std::filesystem::space(folder, failed).available;
  if (failed) return most;
  return std::clamp(static_cast<std::int64_t>(left / 8 / page_bytes), least, most);
}

} // namespace troupe
