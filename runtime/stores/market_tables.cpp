// Opening, transactions, ids, candles and notes.
#include "runtime/stores/market_tables.hpp"

#include "runtime/stores/migrations.hpp"

#include <algorithm>

namespace troupe {

namespace {

// Names are few (feeds, versions, hashes); the bound is for a caller that makes one per row.
constexpr std::size_t max_cached_ids = 10'000;

// WAL: readers and a crash never see half a transaction. synchronous=NORMAL: no fsync per commit; a
// power cut (not a crash of the process) may lose the last commits. Candles can be fetched again
// and logs are analytics; money is kept in its own file with FULL.
bool configure(sqlite_db& db, const std::string& path, std::uint32_t max_pages) {
  return db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                 "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -32000;"
                 "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = "
                 + std::to_string(log_pages(path, 4'000)))
      && (max_pages == 0 || db.exec("PRAGMA max_page_count = " + std::to_string(max_pages)));
}

} // namespace

std::unique_ptr<market_tables> market_tables::open(const std::string& path,
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
  if (auto result = migrate(*db); !result.error.empty()) {
    error = result.error;
    return nullptr;
  }
  if (!configure(*db, path, max_pages)) {
    error = db->error();
    return nullptr;
  }
  return std::unique_ptr<market_tables>{new market_tables{std::move(*lock), std::move(db)}};
}

bool market_tables::write(const write_batch& batch) {
  bool good = begin();
  for (auto* next : batch)
    good = good && std::visit([&](auto& what) { return add(what, next->receipt); }, next->what);
  good = good && commit();
  if (!good) rollback();
  return good;
}

bool market_tables::begin() { return db_->exec("BEGIN IMMEDIATE"); }

bool market_tables::commit() {
  if (!write_counts() || !db_->exec("COMMIT")) return false;
  candle_changes_.clear();
  signal_changes_.clear();
  return true;
}

void market_tables::rollback() {
  db_->rollback();
  candle_changes_.clear();
  signal_changes_.clear();
  // Ids made in the lost transaction do not exist.
  symbol_ids_.clear();
  name_ids_.clear();
}

bool market_tables::write_counts() {
  auto candles = db_->ask("UPDATE symbols SET candle_rows = candle_rows + ?2 WHERE id = ?1");
  for (const auto& [symbol, change] : candle_changes_)
    if (!candles.run(symbol, change)) return false;
  auto signals = db_->ask("INSERT INTO signal_counts (symbol_id, horizon, type, rows)"
                          " VALUES (?1, ?2, ?3, ?4)"
                          " ON CONFLICT (symbol_id, horizon, type) DO UPDATE SET rows = rows + ?4");
  for (const auto& [sort, change] : signal_changes_)
    if (!signals.run(std::get<0>(sort), std::get<1>(sort), std::get<2>(sort), change)) return false;
  return true;
}

std::int64_t market_tables::known_symbol_id(const std::string& name) {
  if (const auto it = symbol_ids_.find(name); it != symbol_ids_.end()) return it->second;
  auto query = db_->ask("SELECT id FROM symbols WHERE name = ?1");
  if (!query.bind(name).step()) return 0;
  if (symbol_ids_.size() >= max_cached_ids) symbol_ids_.clear();
  return symbol_ids_[name] = query.integer(0);
}

std::int64_t market_tables::symbol_id(const std::string& name) {
  if (const auto id = known_symbol_id(name)) return id;
  if (!db_->ok() || !db_->ask("INSERT INTO symbols (name) VALUES (?1)").run(name)) return 0;
  return symbol_ids_[name] = db_->last_id();
}

std::int64_t market_tables::name_id(const std::string& name) {
  if (const auto it = name_ids_.find(name); it != name_ids_.end()) return it->second;
  if (name_ids_.size() >= max_cached_ids) name_ids_.clear();
  auto query = db_->ask("SELECT id FROM names WHERE name = ?1");
  if (query.bind(name).step()) return name_ids_[name] = query.integer(0);
  if (!db_->ok() || !db_->ask("INSERT INTO names (name) VALUES (?1)").run(name)) return 0;
  return name_ids_[name] = db_->last_id();
}

bool market_tables::add(const put_candles& request, put_receipt& receipt) {
  if (request.candles.empty()) return true;
  const auto symbol = symbol_id(request.symbol), source = name_id(request.source);
  if (symbol == 0 || source == 0) return false;
  auto insert =
      db_->ask("INSERT INTO candles (symbol_id, open_time, open, high, low, close, volume,"
               " source_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
               " ON CONFLICT (symbol_id, open_time) DO NOTHING");
  std::int64_t added = 0;
  for (const auto& c : request.candles) {
    if (!insert.run(symbol, c.open_time, c.open, c.high, c.low, c.close, c.volume, source))
      return false;
    added += db_->changes();
  }
  candle_changes_[symbol] += added;
  receipt.added += static_cast<std::uint64_t>(added);
  receipt.repeated += request.candles.size() - static_cast<std::uint64_t>(added);
  return true;
}

bool market_tables::read(const get_candles& question, std::vector<candle>& out) {
  const auto symbol = known_symbol_id(question.symbol);
  if (symbol == 0) return db_->ok();
  auto query = db_->ask("SELECT open_time, open, high, low, close, volume FROM candles"
                        " WHERE symbol_id = ?1 AND open_time >= ?2 AND open_time < ?3"
                        " ORDER BY open_time DESC LIMIT ?4");
  query.bind(symbol, question.from, question.to, std::min(question.limit, max_candles_read));
  while (query.step())
    out.push_back({query.integer(0), query.real(1), query.real(2), query.real(3), query.real(4),
                   query.real(5)});
  std::reverse(out.begin(), out.end());
  return db_->ok();
}

bool market_tables::read(const get_spans&, std::vector<candle_span>& out) {
  // Each end is one seek and rows are counted as they are written: nothing is scanned.
  auto query = db_->ask(
      "SELECT s.name, s.candle_rows,"
      " (SELECT open_time FROM candles WHERE symbol_id = s.id ORDER BY open_time LIMIT 1),"
      " (SELECT open_time FROM candles WHERE symbol_id = s.id ORDER BY open_time DESC LIMIT 1),"
      " (SELECT n.name FROM candles c JOIN names n ON n.id = c.source_id"
      "  WHERE c.symbol_id = s.id ORDER BY c.open_time DESC LIMIT 1)"
      " FROM symbols s ORDER BY s.name");
  query.bind();
  while (query.step()) {
    candle_span span;
    span.symbol = query.text(0);
    span.rows = static_cast<std::uint64_t>(query.integer(1));
    span.first = query.integer(2);
    span.last = query.integer(3);
    span.source = query.text(4);
    if (span.rows > 0) {
      const auto slots = (span.last - span.first) / base_interval_ms + 1;
      span.gaps = static_cast<std::uint64_t>(slots) - span.rows;
    }
    out.push_back(std::move(span));
  }
  return db_->ok();
}

bool market_tables::add(const put_note& request, put_receipt& receipt) {
  if (!db_->ask("INSERT INTO notes (name, text) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING")
           .run(request.name, request.text))
    return false;
  if (db_->changes() > 0) {
    ++receipt.added;
    return true;
  }
  ++receipt.repeated;
  return db_->ask("UPDATE notes SET text = ?2 WHERE name = ?1").run(request.name, request.text);
}

bool market_tables::add(const swap_note& request, put_receipt& receipt) {
  // What is absent says nothing.
  const std::string_view sql = request.was.empty()
      ? "INSERT INTO notes (name, text) VALUES (?1, ?3) ON CONFLICT (name) DO UPDATE"
        " SET text = ?3 WHERE text IN (?2, ?3)"
      : "UPDATE notes SET text = ?3 WHERE name = ?1 AND text IN (?2, ?3)";
  if (!db_->ask(sql).run(request.name, request.was, request.text)) return false;
  receipt.added = db_->changes() > 0 ? 1 : 0;
  return true;
}

bool market_tables::read(const get_note& question, std::string& out) {
  auto query = db_->ask("SELECT text FROM notes WHERE name = ?1");
  if (query.bind(question.name).step()) out = query.text(0);
  return db_->ok();
}

std::string market_tables::take_error() {
  auto words = db_->error();
  db_->clear_error();
  return words;
}

} // namespace troupe
