// Opening, ids, candles and notes.
#include "runtime/stores/postgres/market_tables.hpp"

#include "runtime/stores/postgres/arrays.hpp"
#include "runtime/stores/postgres/fields.hpp"
#include "runtime/stores/postgres/migrations.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace troupe {

namespace {

// Names are few (feeds, versions, hashes); the bound is for a caller that makes one per row.
constexpr std::size_t max_cached_ids = 10'000;
// Of one statement: keeps it far below statement_timeout and its arrays small.
constexpr std::size_t max_rows_a_statement = 20'000;
// Of one answer of the server, which libpq holds as a whole.
constexpr std::uint32_t max_candles_an_answer = 50'000;

// A name that another node makes at the same time is not seen by the same statement: asked again,
// it is.
std::string learn_from(const std::string& table) {
  return "WITH wanted AS (SELECT DISTINCT name FROM unnest($1::text[]) AS u(name)),"
         " made AS (INSERT INTO "
      + table + " (name) SELECT name FROM wanted w WHERE NOT EXISTS (SELECT FROM " + table
      + " t WHERE t.name = w.name) ORDER BY name ON CONFLICT (name) DO NOTHING RETURNING name, id)"
        " SELECT name, id FROM made UNION ALL SELECT t.name, t.id FROM "
      + table + " t JOIN wanted USING (name)";
}

using names_set = std::set<std::string_view>;

void collect(const put_candles& x, names_set& symbols, names_set& names) {
  if (x.candles.empty()) return;
  symbols.insert(x.symbol);
  names.insert(x.source);
}
void collect(const put_log& x, names_set& symbols, names_set& names) {
  for (const auto& p : x.predictions) {
    symbols.insert(p.symbol);
    names.insert(p.model_version);
  }
  for (const auto& s : x.signals) {
    symbols.insert(s.symbol);
    names.insert({s.amd_phase, s.strategy, s.model_version, s.model_hash, s.feature_hash, s.terms});
  }
  for (const auto& s : x.served) symbols.insert(s.symbol);
  for (const auto& o : x.outcomes) {
    symbols.insert(o.symbol);
    names.insert(o.model_version);
  }
}
void collect(const put_spreads& x, names_set& symbols, names_set&) {
  for (const auto& r : x.rows) symbols.insert(r.symbol);
}
void collect(const put_note&, names_set&, names_set&) {}
void collect(const swap_note&, names_set&, names_set&) {}

// One statement's worth of candles, each symbol from one request only, so that the server's count
// by symbol is a count by request.
struct candle_columns {
  pg_array<std::int64_t> times;
  pg_array<double> open, high, low, close, volume;
  pg_array<std::int32_t> symbols, sources;
  std::map<std::int32_t, put_receipt*> receipts;

  void add(const candle& c, std::int32_t symbol, std::int32_t source) {
    times.add(c.open_time);
    open.add(c.open);
    high.add(c.high);
    low.add(c.low);
    close.add(c.close);
    volume.add(c.volume);
    symbols.add(symbol);
    sources.add(source);
  }

  void put(pqxx::transaction_base& transaction) {
    if (times.size() == 0) return;
    const auto rows = transaction.exec_prepared(
        "put_candles", times.parameter(), open.parameter(), high.parameter(), low.parameter(),
        close.parameter(), volume.parameter(), symbols.parameter(), sources.parameter());
    for (const auto& row : rows) {
      auto& receipt = *receipts.at(number_in<std::int32_t>(row[0]));
      const auto added = number_in<std::uint64_t>(row[1]);
      receipt.added += added;
      receipt.repeated -= added; // all were counted as repeated
    }
    *this = {};
  }
};

void put_one(pqxx::transaction_base& transaction, const put_note& note, put_receipt& receipt) {
  const auto row = transaction.exec_prepared1("put_note", note.name, note.text);
  ++(row[0].as<bool>() ? receipt.added : receipt.repeated);
}

void put_one(pqxx::transaction_base& transaction, const swap_note& note, put_receipt& receipt) {
  const auto* statement = note.was.empty() ? "swap_no_note" : "swap_note"; // absent says nothing
  receipt.added =
      transaction.exec_prepared(statement, note.name, note.was, note.text).affected_rows();
}

// Every question walks an index from one end. A planner that believes the statistics of a table
// that has just grown from nothing would rather gather a year of rows and sort them, and would keep
// a plan it made while the table was small.
pg_link_options with_planner_settings(pg_link_options options) {
  options.session.settings.emplace_back("enable_bitmapscan", "off");
  options.session.settings.emplace_back("plan_cache_mode", "force_custom_plan");
  return options;
}

} // namespace

const std::vector<pg_statement>& pg_candle_statements() {
  static const std::vector<pg_statement> all{
      {"learn_symbols", learn_from("symbols")},
      {"learn_names", learn_from("names")},
      {"put_candles",
       "WITH added AS (INSERT INTO candles"
       " (open_time, open, high, low, close, volume, symbol_id, source_id)"
       " SELECT * FROM unnest($1::bigint[], $2::float8[], $3::float8[], $4::float8[],"
       "  $5::float8[], $6::float8[], $7::integer[], $8::integer[])"
       " ON CONFLICT (symbol_id, open_time) DO NOTHING RETURNING symbol_id),"
       " counted AS (SELECT symbol_id, count(*) AS rows FROM added GROUP BY symbol_id)"
       " UPDATE symbols s SET candle_rows = candle_rows + c.rows FROM counted c"
       " WHERE s.id = c.symbol_id RETURNING s.id, c.rows"},
      {"put_note",
       "INSERT INTO notes (name, text) VALUES ($1, $2)"
       " ON CONFLICT (name) DO UPDATE SET text = excluded.text"
       " RETURNING xmax = 0"}, // of a row that was not there before
      {"swap_note", "UPDATE notes SET text = $3 WHERE name = $1 AND text IN ($2, $3)"},
      {"swap_no_note",
       "INSERT INTO notes AS n (name, text) VALUES ($1, $3)"
       " ON CONFLICT (name) DO UPDATE SET text = $3 WHERE n.text IN ($2, $3)"},
      {"get_candles",
       "SELECT open_time, open, high, low, close, volume FROM candles"
       " WHERE symbol_id = (SELECT id FROM symbols WHERE name = $1)"
       " AND open_time >= $2 AND open_time < $3 ORDER BY open_time DESC LIMIT $4"},
      // Each end is one seek and rows are counted as they are written: nothing is scanned.
      {"get_spans",
       "SELECT s.name, s.candle_rows,"
       " coalesce((SELECT open_time FROM candles WHERE symbol_id = s.id"
       "  ORDER BY open_time LIMIT 1), 0),"
       " coalesce(l.open_time, 0), coalesce((SELECT name FROM names WHERE id = l.source_id), '')"
       " FROM symbols s LEFT JOIN LATERAL (SELECT open_time, source_id FROM candles"
       "  WHERE symbol_id = s.id ORDER BY open_time DESC LIMIT 1) l ON true"
       " ORDER BY s.name COLLATE \"C\""},
      {"get_note", "SELECT text FROM notes WHERE name = $1"},
  };
  return all;
}

pg_market_tables::pg_market_tables(const std::string& url, const pg_link_options& options)
    : link_(
        url,
        [] {
          auto all = pg_candle_statements();
          for (const auto* more : {&pg_log_statements(), &pg_outcome_statements(),
                                   &pg_retention_statements(), &pg_spread_statements()})
            all.insert(all.end(), more->begin(), more->end());
          return all;
        }(),
        with_planner_settings(options)) {}

std::unique_ptr<pg_market_tables>
pg_market_tables::open(const std::string& url, const pg_link_options& options, std::string& error) {
  const auto session = pg_session::open(url, options.session, error);
  if (!session) return nullptr;
  if (auto result = migrate_postgres(*session); !result.error.empty()) {
    error = result.error;
    return nullptr;
  }
  std::unique_ptr<pg_market_tables> made{new pg_market_tables{url, options}};
  if (!made->attempt([](pqxx::connection_base&) {})) { // statements that do not fit show now
    error = made->take_error();
    return nullptr;
  }
  return made;
}

bool pg_market_tables::attempt(const std::function<void(pqxx::connection_base&)>& work) {
  auto result = link_.repeatable(work);
  if (!result.done()) error_ = std::move(result.words);
  return result.done();
}

std::string pg_market_tables::take_error() { return std::exchange(error_, {}); }

void pg_market_tables::learn_ids(pqxx::connection_base& connection, const write_batch& batch) {
  if (std::exchange(learnt_in_, link_.generation()) != link_.generation()
      || symbols_.size() + names_.size() > max_cached_ids) {
    symbols_.clear();
    names_.clear();
  }
  names_set symbols, names;
  for (const auto* next : batch)
    std::visit([&](const auto& what) { collect(what, symbols, names); }, next->what);
  const auto learn = [&](const char* statement, const names_set& wanted, known_ids& known) {
    for (int tries = 0; tries < 3; ++tries) {
      pg_array<std::string_view> unknown;
      for (const auto name : wanted)
        if (known.count(std::string{name}) == 0) unknown.add(name);
      if (unknown.size() == 0) return;
      pqxx::nontransaction transaction{connection};
      for (const auto& row : transaction.exec_prepared(statement, unknown.parameter()))
        known[text_in(row[0])] = number_in<id>(row[1]);
    }
    throw std::runtime_error{"an id can be neither made nor found"};
  };
  learn("learn_symbols", symbols, symbols_);
  learn("learn_names", names, names_);
}

bool pg_market_tables::write(const write_batch& batch) {
  return attempt([&](pqxx::connection_base& connection) {
    for (auto* next : batch) next->receipt = {};
    learn_ids(connection, batch);
    pqxx::work transaction{connection};
    put_all_candles(transaction, batch);
    put_all_predictions(transaction, batch);
    put_all_signals(transaction, batch);
    put_all_served(transaction, batch);
    put_all_outcomes(transaction, batch);
    put_all_spreads(transaction, batch);
    for (auto* next : batch) {
      if (const auto* note = std::get_if<put_note>(&next->what))
        put_one(transaction, *note, next->receipt);
      if (const auto* swap = std::get_if<swap_note>(&next->what))
        put_one(transaction, *swap, next->receipt);
    }
    transaction.commit();
  });
}

void pg_market_tables::put_all_candles(pqxx::transaction_base& transaction,
                                       const write_batch& batch) const {
  candle_columns columns;
  for (auto* next : batch) {
    const auto* request = std::get_if<put_candles>(&next->what);
    if (!request || request->candles.empty()) continue;
    const auto symbol = symbol_id(request->symbol), source = name_id(request->source);
    if (columns.receipts.count(symbol) > 0) columns.put(transaction);
    next->receipt.repeated = request->candles.size();
    for (const auto& c : request->candles) {
      columns.receipts[symbol] = &next->receipt;
      columns.add(c, symbol, source);
      if (columns.times.size() == max_rows_a_statement) columns.put(transaction);
    }
  }
  columns.put(transaction);
}

// In parts, each going on where the one before ended: the server's answers stay small.
bool pg_market_tables::read(const get_candles& question, std::vector<candle>& out) {
  const auto limit = std::min(question.limit, max_candles_read);
  auto to = question.to;
  for (bool more = true; more;) {
    const auto part =
        std::min(limit - static_cast<std::uint32_t>(out.size()), max_candles_an_answer);
    const auto before = out.size();
    const bool good = attempt([&](pqxx::connection_base& connection) {
      out.resize(before);
      pqxx::nontransaction transaction{connection};
      const auto rows =
          transaction.exec_prepared("get_candles", question.symbol, question.from, to, part);
      for (const auto& row : rows)
        out.push_back({integer_in(row[0]), real_in(row[1]), real_in(row[2]), real_in(row[3]),
                       real_in(row[4]), real_in(row[5])});
      more = rows.size() == part && out.size() < limit;
    });
    if (!good) return false;
    if (more) to = out.back().open_time;
  }
  std::reverse(out.begin(), out.end());
  return true;
}

bool pg_market_tables::read(const get_spans&, std::vector<candle_span>& out) {
  return attempt([&](pqxx::connection_base& connection) {
    out.clear();
    pqxx::nontransaction transaction{connection};
    for (const auto& row : transaction.exec_prepared("get_spans")) {
      candle_span span;
      span.symbol = text_in(row[0]);
      span.rows = number_in<std::uint64_t>(row[1]);
      span.first = integer_in(row[2]);
      span.last = integer_in(row[3]);
      span.source = text_in(row[4]);
      if (span.rows > 0) {
        const auto slots = (span.last - span.first) / base_interval_ms + 1;
        span.gaps = static_cast<std::uint64_t>(slots) - span.rows;
      }
      out.push_back(std::move(span));
    }
  });
}

bool pg_market_tables::read(const get_note& question, std::string& out) {
  return attempt([&](pqxx::connection_base& connection) {
    pqxx::nontransaction transaction{connection};
    const auto rows = transaction.exec_prepared("get_note", question.name);
    out = rows.empty() ? std::string{} : text_in(rows[0][0]);
  });
}

} // namespace troupe
