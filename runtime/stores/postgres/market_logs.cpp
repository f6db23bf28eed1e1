// pg_market_tables: predictions and signals.
#include "runtime/stores/postgres/arrays.hpp"
#include "runtime/stores/postgres/fields.hpp"
#include "runtime/stores/postgres/market_tables.hpp"
#include "runtime/stores/signal_lists.hpp"

#include <pqxx/pqxx>

#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace troupe {

namespace {

constexpr std::size_t max_rows_a_statement = 10'000; // each of 26 columns

using parameters = std::vector<pqxx::binarystring>;
template<class Key>
using receipts_by = std::map<Key, put_receipt*>;

template<class... Columns>
parameters parameters_of(const Columns&... columns) {
  return {columns.parameter()...};
}

// The statement returns the keys of the rows that were new. Of equal keys the server keeps the
// first, and so does the map.
template<class Key, class Read>
void put_rows(pqxx::transaction_base& transaction, const char* statement, const parameters& columns,
              const receipts_by<Key>& receipts, Read key_in) {
  for (const auto& row :
       transaction.exec_prepared(statement, pqxx::prepare::make_dynamic_params(columns))) {
    auto& receipt = *receipts.at(key_in(row));
    ++receipt.added;
    --receipt.repeated; // all were counted as repeated
  }
}

struct prediction_columns {
  using key = std::tuple<std::int32_t, std::int32_t, std::int64_t, std::int32_t>;
  pg_array<std::int64_t> times;
  pg_array<std::int32_t> symbols, horizons, versions;
  std::array<pg_array<double>, 22> reals; // price, deltas, confidence, nine quantiles twice
  receipts_by<key> receipts;

  void add(const prediction& p, std::int32_t symbol, std::int32_t version, put_receipt& receipt) {
    times.add(p.candle_time);
    symbols.add(symbol);
    horizons.add(p.horizon);
    versions.add(version);
    std::size_t column = 0;
    for (const double x : {p.current_price, p.delta_high, p.delta_low, p.confidence})
      reals[column++].add(x);
    for (const double x : p.high_quantiles) reals[column++].add(x);
    for (const double x : p.low_quantiles) reals[column++].add(x);
    receipts.emplace(key{symbol, p.horizon, p.candle_time, version}, &receipt);
    ++receipt.repeated;
  }

  void put(pqxx::transaction_base& transaction) {
    if (times.size() == 0) return;
    auto columns = parameters_of(times, symbols, horizons, versions);
    for (const auto& values : reals) columns.push_back(values.parameter());
    put_rows(transaction, "put_predictions", columns, receipts, [](const pqxx::row& row) {
      return key{number_in<std::int32_t>(row[0]), number_in<std::int32_t>(row[1]),
                 integer_in(row[2]), number_in<std::int32_t>(row[3])};
    });
    *this = {};
  }
};

struct signal_ids {
  std::int32_t symbol, amd_phase, strategy, model_version, model_hash, feature_hash, terms;
};

struct signal_columns {
  std::array<pg_array<std::int64_t>, 5> times;
  std::array<pg_array<double>, 9> reals;
  std::array<pg_array<std::int32_t>, 8> ids; // the symbol, the horizon, six names
  pg_array<bool> longs;
  std::array<pg_array<std::string_view>, 4> texts;
  receipts_by<std::string> receipts;

  void add(const signal& s, const signal_ids& of, put_receipt& receipt) {
    const auto fill = [](auto& columns, auto... values) {
      std::size_t column = 0;
      (columns[column++].add(values), ...);
    };
    fill(times, s.candle_time, s.created_at, s.expires_at, s.candles_from, s.candles_to);
    fill(reals, s.confidence, s.entry, s.sl, s.tp, s.rr_ratio, s.prob_tp_first, s.expected_net_r,
         s.predicted_high, s.predicted_low);
    fill(ids, of.symbol, s.horizon, of.amd_phase, of.strategy, of.model_version, of.model_hash,
         of.feature_hash, of.terms);
    longs.add(s.considered_long);
    const auto odds = odds_text(s.odds), reasons = reasons_text(s.reasons);
    fill(texts, to_string(s.type), std::string_view{s.id}, std::string_view{odds},
         std::string_view{reasons});
    receipts.emplace(s.id, &receipt);
    ++receipt.repeated;
  }

  void put(pqxx::transaction_base& transaction) {
    if (longs.size() == 0) return;
    parameters columns;
    const auto append = [&](const auto& group) {
      for (const auto& values : group) columns.push_back(values.parameter());
    };
    append(times);
    append(reals);
    append(ids);
    columns.push_back(longs.parameter());
    append(texts);
    put_rows(transaction, "put_signals", columns, receipts,
             [](const pqxx::row& row) { return text_in(row[0]); });
    *this = {};
  }
};

struct served_columns {
  using key = std::pair<std::string, std::string>;
  std::array<pg_array<std::string_view>, 2> texts; // user, signal
  pg_array<std::int32_t> symbols;
  std::array<pg_array<std::int64_t>, 2> times;
  std::set<std::string_view> users;
  receipts_by<key> receipts;

  void add(const served_signal& s, std::int32_t symbol, put_receipt& receipt) {
    texts[0].add(s.user);
    texts[1].add(s.signal_id);
    symbols.add(symbol);
    times[0].add(s.created_at);
    times[1].add(s.at);
    users.insert(s.user);
    receipts.emplace(key{s.user, s.signal_id}, &receipt);
    ++receipt.repeated;
  }

  void put(pqxx::transaction_base& transaction) {
    if (symbols.size() == 0) return;
    put_rows(transaction, "put_served",
             parameters_of(texts[0], texts[1], symbols, times[0], times[1]), receipts,
             [](const pqxx::row& row) {
               return key{text_in(row[0]), text_in(row[1])};
             });
    pg_array<std::string_view> names;
    for (const auto user : users) names.add(user);
    transaction.exec_prepared("trim_served", names.parameter(), max_served_signals);
    *this = {};
  }
};

// `$1::bigint[], …` for unnest: `count` parameters of a type from number `first` on.
std::string arrays(int first, int count, const std::string& type) {
  std::string out;
  for (int i = first; i < first + count; ++i)
    out += (i > 1 ? ", $" : "$") + std::to_string(i) + "::" + type + "[]";
  return out;
}

// A page is found within an index that covers every filter; only its rows are then read from the
// table. Horizon 0 and an empty type stand for all. Names come by subqueries: joins of so many
// tables take longer to plan than to run.
std::string page_sql(const std::string& page) {
  const auto name = [](const char* id) {
    return std::string{"(SELECT name FROM names WHERE id = s."} + id + "), ";
  };
  return "SELECT s.id, (SELECT name FROM symbols WHERE id = s.symbol_id), s.horizon, s.candle_time,"
         " s.created_at, s.expires_at, s.type, s.confidence, s.entry, s.sl, s.tp, s.rr_ratio,"
         " s.prob_tp_first, s.expected_net_r, s.considered_long, s.odds, s.predicted_high,"
         " s.predicted_low, "
      + name("amd_phase_id") + "s.reasons, " + name("strategy_id") + name("model_version_id")
      + name("model_hash_id") + name("feature_hash_id")
      + "s.candles_from, s.candles_to, s.outcome, s.pnl_r, s.pnl_percent, page.served_at, "
        "(SELECT name FROM names WHERE id = s.terms_id) FROM ("
      + page
      + ") page JOIN signal_logs s ON s.seq = page.seq ORDER BY s.created_at DESC, s.seq DESC";
}

std::string page_of_log(bool of_symbol) {
  return page_sql(
      std::string{"SELECT seq, 0::bigint AS served_at FROM signal_logs WHERE"}
      + (of_symbol ? " symbol_id = (SELECT id FROM symbols WHERE name = $1)" : " $1 = ''")
      + " AND ($2::integer = 0 OR horizon = $2) AND ($3::text = '' OR type = $3)"
        " ORDER BY created_at DESC, seq DESC LIMIT $4 OFFSET $5");
}

// A user's rows are few, and each names its signal.
const char* const of_user =
    " FROM served_signals v JOIN signal_logs l ON l.id = v.signal WHERE v.user_id = $4"
    " AND ($1 = '' OR l.symbol_id = (SELECT id FROM symbols WHERE name = $1))"
    " AND ($2::integer = 0 OR l.horizon = $2) AND ($3::text = '' OR l.type = $3)";

// @throws std::runtime_error when the row is not what signal_columns wrote
stored_signal signal_in(const pqxx::row& row) {
  stored_signal out;
  auto& s = out.what;
  const auto type = parse_signal_type(text_in(row[6]));
  if (!type || !read_signal_lists(text_in(row[15]), text_in(row[19]), s))
    throw std::runtime_error{"unreadable signal " + text_in(row[0])};
  s.id = text_in(row[0]);
  s.symbol = text_in(row[1]);
  s.horizon = number_in<std::int32_t>(row[2]);
  s.candle_time = integer_in(row[3]);
  s.created_at = integer_in(row[4]);
  s.expires_at = integer_in(row[5]);
  s.type = *type;
  s.confidence = real_in(row[7]);
  s.entry = real_in(row[8]);
  s.sl = real_in(row[9]);
  s.tp = real_in(row[10]);
  s.rr_ratio = real_in(row[11]);
  s.prob_tp_first = real_in(row[12]);
  s.expected_net_r = real_in(row[13]);
  s.considered_long = row[14].as<bool>();
  s.predicted_high = real_in(row[16]);
  s.predicted_low = real_in(row[17]);
  s.amd_phase = text_in(row[18]);
  s.strategy = text_in(row[20]);
  s.model_version = text_in(row[21]);
  s.model_hash = text_in(row[22]);
  s.feature_hash = text_in(row[23]);
  s.candles_from = integer_in(row[24]);
  s.candles_to = integer_in(row[25]);
  if (!row[26].is_null())
    out.outcome = signal_outcome{text_in(row[26]), real_in(row[27]), real_in(row[28])};
  out.served_at = integer_in(row[29]);
  s.terms = text_in(row[30]);
  return out;
}

} // namespace

const std::vector<pg_statement>& pg_log_statements() {
  static const std::vector<pg_statement> all{
      {"put_predictions",
       "INSERT INTO prediction_logs (candle_time, symbol_id, horizon, model_version_id,"
       " current_price, delta_high, delta_low, confidence, high_q05, high_q10, high_q20, high_q25,"
       " high_q50, high_q75, high_q80, high_q90, high_q95, low_q05, low_q10, low_q20, low_q25,"
       " low_q50, low_q75, low_q80, low_q90, low_q95) SELECT * FROM unnest("
           + arrays(1, 1, "bigint") + arrays(2, 3, "integer") + arrays(5, 22, "float8")
           + ") ON CONFLICT (symbol_id, horizon, candle_time, model_version_id) DO NOTHING"
             " RETURNING symbol_id, horizon, candle_time, model_version_id"},
      {"put_signals",
       "WITH added AS (INSERT INTO signal_logs (candle_time, created_at, expires_at, candles_from,"
       " candles_to, confidence, entry, sl, tp, rr_ratio, prob_tp_first, expected_net_r,"
       " predicted_high, predicted_low, symbol_id, horizon, amd_phase_id, strategy_id,"
       " model_version_id, model_hash_id, feature_hash_id, terms_id, considered_long, type, id, "
       "odds, "
       "reasons)"
       " SELECT * FROM unnest("
           + arrays(1, 5, "bigint") + arrays(6, 9, "float8") + arrays(15, 8, "integer")
           + arrays(23, 1, "boolean") + arrays(24, 4, "text")
           + ") ON CONFLICT (id) DO NOTHING RETURNING id, symbol_id, horizon, type),"
             " counted AS (INSERT INTO signal_counts AS c (symbol_id, horizon, type, rows)"
             "  SELECT symbol_id, horizon, type, count(*) FROM added GROUP BY 1, 2, 3"
             "  ORDER BY 1, 2, 3 ON CONFLICT (symbol_id, horizon, type)"
             "  DO UPDATE SET rows = c.rows + excluded.rows)"
             " SELECT id FROM added"},
      {"count_signals",
       "SELECT coalesce(sum(rows), 0)::bigint FROM signal_counts WHERE"
       " ($1::text = '' OR symbol_id = (SELECT id FROM symbols WHERE name = $1))"
       " AND ($2::integer = 0 OR horizon = $2) AND ($3::text = '' OR type = $3)"},
      {"page_of_symbol", page_of_log(true)},
      {"page_of_all", page_of_log(false)},
      {"page_of_id", page_sql("SELECT seq, 0::bigint AS served_at FROM signal_logs WHERE id = $1")},
      {"page_of_user",
       page_sql(std::string{"SELECT l.seq, v.served_at"} + of_user
                + " ORDER BY l.created_at DESC, l.seq DESC LIMIT $5 OFFSET $6")},
      {"count_of_user", std::string{"SELECT count(*)"} + of_user},
      // In one order on every node, or two that log the same rows would wait for each other.
      {"put_served",
       "INSERT INTO served_signals (user_id, signal, symbol_id, created_at, served_at)"
       " SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::bigint[])"
       " ORDER BY 1, 2 ON CONFLICT (user_id, signal) DO NOTHING RETURNING user_id, signal"},
      {"trim_served",
       "DELETE FROM served_signals WHERE ctid = ANY (ARRAY(SELECT old.ctid"
       " FROM unnest($1::text[]) AS u(id) CROSS JOIN LATERAL (SELECT ctid FROM served_signals"
       "  WHERE user_id = u.id ORDER BY created_at DESC, signal DESC OFFSET $2) old))"},
  };
  return all;
}

void pg_market_tables::put_all_predictions(pqxx::transaction_base& transaction,
                                           const write_batch& batch) const {
  prediction_columns columns;
  for (auto* next : batch)
    if (const auto* request = std::get_if<put_log>(&next->what))
      for (const auto& p : request->predictions) {
        columns.add(p, symbol_id(p.symbol), name_id(p.model_version), next->receipt);
        if (columns.times.size() == max_rows_a_statement) columns.put(transaction);
      }
  columns.put(transaction);
}

void pg_market_tables::put_all_signals(pqxx::transaction_base& transaction,
                                       const write_batch& batch) const {
  signal_columns columns;
  for (auto* next : batch)
    if (const auto* request = std::get_if<put_log>(&next->what))
      for (const auto& s : request->signals) {
        columns.add(s,
                    {symbol_id(s.symbol), name_id(s.amd_phase), name_id(s.strategy),
                     name_id(s.model_version), name_id(s.model_hash), name_id(s.feature_hash),
                     name_id(s.terms)},
                    next->receipt);
        if (columns.longs.size() == max_rows_a_statement) columns.put(transaction);
      }
  columns.put(transaction);
}

void pg_market_tables::put_all_served(pqxx::transaction_base& transaction,
                                      const write_batch& batch) const {
  served_columns columns;
  for (auto* next : batch)
    if (const auto* request = std::get_if<put_log>(&next->what))
      for (const auto& s : request->served) {
        columns.add(s, symbol_id(s.symbol), next->receipt);
        if (columns.symbols.size() == max_rows_a_statement) columns.put(transaction);
      }
  columns.put(transaction);
}

bool pg_market_tables::read(const get_signals& question, signal_page& out) {
  const std::string type{question.type ? to_string(*question.type) : std::string_view{}};
  return attempt([&](pqxx::connection_base& connection) {
    out = {};
    out.limit = question.limit;
    out.offset = question.offset;
    pqxx::nontransaction transaction{connection};
    if (!question.id.empty()) {
      for (const auto& row : transaction.exec_prepared("page_of_id", question.id))
        out.signals.push_back(signal_in(row));
      out.total = out.signals.size();
      return;
    }
    const auto ask = [&](const char* statement, const auto&... more) {
      return transaction.exec_prepared(statement, question.symbol, question.horizon, type, more...);
    };
    const auto& user = question.served_to;
    const auto count = user.empty() ? ask("count_signals") : ask("count_of_user", user);
    out.total = number_in<std::uint64_t>(count.at(0)[0]);
    if (question.offset >= out.total) return; // no walk through the index for nothing
    const auto rows = !user.empty()
        ? ask("page_of_user", user, question.limit, question.offset)
        : ask(question.symbol.empty() ? "page_of_all" : "page_of_symbol", question.limit,
              question.offset);
    for (const auto& row : rows) out.signals.push_back(signal_in(row));
  });
}

} // namespace troupe
