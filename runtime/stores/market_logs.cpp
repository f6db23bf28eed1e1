// market_tables: predictions and signals.
#include "runtime/stores/market_tables.hpp"
#include "runtime/stores/signal_lists.hpp"

#include <set>

namespace troupe {

namespace {

constexpr std::string_view insert_prediction =
    "INSERT INTO prediction_logs (symbol_id, horizon, candle_time, model_version_id, current_price,"
    " delta_high, delta_low, confidence, high_q05, high_q10, high_q20, high_q25, high_q50, "
    "high_q75,"
    " high_q80, high_q90, high_q95, low_q05, low_q10, low_q20, low_q25, low_q50, low_q75, low_q80,"
    " low_q90, low_q95) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
    " ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)"
    " ON CONFLICT (symbol_id, horizon, candle_time, model_version_id) DO NOTHING";

constexpr std::string_view insert_signal =
    "INSERT INTO signal_logs (id, symbol_id, horizon, candle_time, created_at, expires_at, type,"
    " confidence, entry, sl, tp, rr_ratio, prob_tp_first, expected_net_r, considered_long, odds,"
    " predicted_high, predicted_low, amd_phase_id, reasons, strategy_id, model_version_id,"
    " model_hash_id, feature_hash_id, candles_from, candles_to, terms_id) VALUES (?1, ?2, ?3, ?4, "
    "?5, ?6, ?7,"
    " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, "
    "?27)"
    " ON CONFLICT (id) DO NOTHING";

// A user's rows are few, and each names its signal. 0 and empty stand for all.
constexpr const char* of_user =
    " FROM served_signals v CROSS JOIN signal_logs s ON s.id = v.signal WHERE v.user_id = ?4"
    " AND (?1 = 0 OR s.symbol_id = ?1) AND (?2 = 0 OR s.horizon = ?2) AND (?3 = '' OR s.type = ?3)";

// The page is found within an index that covers every filter; only its rows are then read from the
// table. Horizon 0 and an empty type stand for all.
const std::string& page_sql(bool of_symbol, bool served, bool single = false) {
  static const std::string columns =
      "SELECT s.id, y.name, s.horizon, s.candle_time, s.created_at, s.expires_at, s.type,"
      " s.confidence, s.entry, s.sl, s.tp, s.rr_ratio, s.prob_tp_first, s.expected_net_r,"
      " s.considered_long, s.odds, s.predicted_high, s.predicted_low, a.name, s.reasons, t.name,"
      " v.name, h.name, f.name, s.candles_from, s.candles_to, s.outcome, s.pnl_r, s.pnl_percent,"
      " page.served_at, r.name FROM page CROSS JOIN signal_logs s ON s.seq = page.seq JOIN symbols "
      "y ON "
      "y.id = s.symbol_id"
      " JOIN names a ON a.id = s.amd_phase_id JOIN names t ON t.id = s.strategy_id"
      " JOIN names v ON v.id = s.model_version_id JOIN names h ON h.id = s.model_hash_id"
      " JOIN names f ON f.id = s.feature_hash_id JOIN names r ON r.id = s.terms_id ORDER BY "
      "s.created_at DESC, s.seq DESC";
  static const std::string head =
      "WITH page AS MATERIALIZED (SELECT seq, 0 AS served_at FROM signal_logs INDEXED BY";
  static const std::string tail = " (?2 = 0 OR horizon = ?2) AND (?3 = '' OR type = ?3)"
                                  " ORDER BY created_at DESC, seq DESC LIMIT ?4 OFFSET ?5) ";
  static const std::string one =
      head + " signal_logs_by_symbol WHERE symbol_id = ?1 AND" + tail + columns;
  static const std::string all = head + " signal_logs_by_time WHERE ?1 = 0 AND" + tail + columns;
  static const std::string own = std::string{"WITH page AS MATERIALIZED (SELECT s.seq, v.served_at"}
      + of_user + " ORDER BY s.created_at DESC, s.seq DESC LIMIT ?5 OFFSET ?6) " + columns;
  static const std::string by_id =
      "WITH page AS MATERIALIZED (SELECT seq, 0 AS served_at FROM signal_logs WHERE id = ?1) "
      + columns;
  if (single) return by_id;
  return served ? own : of_symbol ? one : all;
}

const std::string& served_count_sql() {
  static const std::string all = std::string{"SELECT count(*)"} + of_user;
  return all;
}

// False when the row is not what add() wrote.
bool read_signal(const sqlite_query& row, stored_signal& out) {
  auto& s = out.what;
  const auto type = parse_signal_type(row.text(6));
  if (!type || !read_signal_lists(row.text(15), row.text(19), s)) return false;
  s.id = row.text(0);
  s.symbol = row.text(1);
  s.horizon = static_cast<std::int32_t>(row.integer(2));
  s.candle_time = row.integer(3);
  s.created_at = row.integer(4);
  s.expires_at = row.integer(5);
  s.type = *type;
  s.confidence = row.real(7);
  s.entry = row.real(8);
  s.sl = row.real(9);
  s.tp = row.real(10);
  s.rr_ratio = row.real(11);
  s.prob_tp_first = row.real(12);
  s.expected_net_r = row.real(13);
  s.considered_long = row.integer(14) != 0;
  s.predicted_high = row.real(16);
  s.predicted_low = row.real(17);
  s.amd_phase = row.text(18);
  s.strategy = row.text(20);
  s.model_version = row.text(21);
  s.model_hash = row.text(22);
  s.feature_hash = row.text(23);
  s.candles_from = row.integer(24);
  s.candles_to = row.integer(25);
  if (!row.is_null(26)) out.outcome = signal_outcome{row.text(26), row.real(27), row.real(28)};
  out.served_at = row.integer(29);
  s.terms = row.text(30);
  return true;
}

} // namespace

bool market_tables::add(const prediction& p, sqlite_query& insert) {
  const auto symbol = symbol_id(p.symbol), version = name_id(p.model_version);
  if (symbol == 0 || version == 0) return false;
  const auto &h = p.high_quantiles, &l = p.low_quantiles;
  return insert.run(symbol, p.horizon, p.candle_time, version, p.current_price, p.delta_high,
                    p.delta_low, p.confidence, h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8],
                    l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7], l[8]);
}

bool market_tables::add(const signal& s, sqlite_query& insert) {
  const auto symbol = symbol_id(s.symbol), phase = name_id(s.amd_phase),
             rules = name_id(s.strategy), version = name_id(s.model_version),
             model = name_id(s.model_hash), features = name_id(s.feature_hash),
             terms = name_id(s.terms);
  if (!db_->ok()) return false;
  const auto type = to_string(s.type);
  if (!insert.run(s.id, symbol, s.horizon, s.candle_time, s.created_at, s.expires_at, type,
                  s.confidence, s.entry, s.sl, s.tp, s.rr_ratio, s.prob_tp_first, s.expected_net_r,
                  s.considered_long ? 1 : 0, odds_text(s.odds), s.predicted_high, s.predicted_low,
                  phase, reasons_text(s.reasons), rules, version, model, features, s.candles_from,
                  s.candles_to, terms))
    return false;
  if (db_->changes() > 0) ++signal_changes_[{symbol, s.horizon, type}];
  return true;
}

bool market_tables::add(const put_log& request, put_receipt& receipt) {
  const auto count = [&] { ++(db_->changes() > 0 ? receipt.added : receipt.repeated); };
  auto predictions = db_->ask(insert_prediction);
  for (const auto& p : request.predictions) {
    if (!add(p, predictions)) return false;
    count();
  }
  auto signals = db_->ask(insert_signal);
  for (const auto& s : request.signals) {
    if (!add(s, signals)) return false;
    count();
  }
  return add_served(request.served, receipt) && add_outcomes(request, receipt);
}

bool market_tables::add_served(const std::vector<served_signal>& all, put_receipt& receipt) {
  auto insert = db_->ask("INSERT INTO served_signals (user_id, signal, symbol_id, created_at,"
                         " served_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING");
  std::set<std::string_view> users;
  for (const auto& s : all) {
    const auto symbol = symbol_id(s.symbol);
    if (symbol == 0 || !insert.run(s.user, s.signal_id, symbol, s.created_at, s.at)) return false;
    const bool fresh = db_->changes() > 0;
    ++(fresh ? receipt.added : receipt.repeated);
    if (fresh) users.insert(s.user);
  }
  auto trim = db_->ask("DELETE FROM served_signals WHERE user_id = ?1 AND signal IN"
                       " (SELECT signal FROM served_signals WHERE user_id = ?1"
                       "  ORDER BY created_at DESC, signal DESC LIMIT -1 OFFSET ?2)");
  for (const auto user : users)
    if (!trim.run(user, max_served_signals)) return false;
  return true;
}

bool market_tables::read(const get_signals& question, signal_page& out) {
  out.limit = question.limit;
  out.offset = question.offset;
  const auto collect = [&](sqlite_query& rows) {
    while (rows.step()) {
      out.signals.emplace_back();
      if (!read_signal(rows, out.signals.back())) db_->fail("unreadable signal " + rows.text(0));
    }
    return db_->ok();
  };
  if (!question.id.empty()) {
    auto one = db_->ask(page_sql(false, false, true));
    one.bind(question.id);
    collect(one);
    out.total = out.signals.size();
    return db_->ok();
  }
  const auto symbol = question.symbol.empty() ? 0 : known_symbol_id(question.symbol);
  if (symbol == 0 && !question.symbol.empty()) return db_->ok();
  const auto type = question.type ? to_string(*question.type) : std::string_view{};
  const bool served = !question.served_to.empty();
  const auto bind_to = [&](sqlite_query& query, auto... page) {
    if (served)
      query.bind(symbol, question.horizon, type, question.served_to, page...);
    else
      query.bind(symbol, question.horizon, type, page...);
  };
  auto total = db_->ask(served ? std::string_view{served_count_sql()}
                               : "SELECT coalesce(sum(rows), 0) FROM signal_counts WHERE"
                                 " (?1 = 0 OR symbol_id = ?1) AND (?2 = 0 OR horizon = ?2)"
                                 " AND (?3 = '' OR type = ?3)");
  bind_to(total);
  if (total.step()) out.total = static_cast<std::uint64_t>(total.integer(0));
  if (question.offset >= out.total) return db_->ok(); // no walk through the index for nothing
  auto page = db_->ask(page_sql(symbol != 0, served));
  bind_to(page, question.limit, question.offset);
  return collect(page);
}

} // namespace troupe
