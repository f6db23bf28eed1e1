// pg_market_tables: what became of predictions and signals.
#include "runtime/stores/postgres/arrays.hpp"
#include "runtime/stores/postgres/fields.hpp"
#include "runtime/stores/postgres/market_tables.hpp"

#include <pqxx/pqxx>

#include <array>

namespace troupe {

namespace {

constexpr std::size_t max_rows_a_statement = 10'000;

// One request's rows at a time, so that the server's count is the request's.
struct outcome_columns {
  pg_array<std::int64_t> times;
  std::array<pg_array<std::int32_t>, 3> ids; // symbol, horizon, version
  std::array<pg_array<double>, 3> reals;     // high, low, mae

  void put(pqxx::transaction_base& transaction, put_receipt& receipt) {
    if (times.size() == 0) return;
    const auto rows = transaction.exec_prepared(
        "put_outcomes", times.parameter(), ids[0].parameter(), ids[1].parameter(),
        ids[2].parameter(), reals[0].parameter(), reals[1].parameter(), reals[2].parameter());
    receipt.added += rows.affected_rows();
    receipt.repeated += times.size() - rows.affected_rows();
    *this = {};
  }
};

struct settled_columns {
  std::array<pg_array<std::string_view>, 2> texts; // id, outcome
  std::array<pg_array<double>, 2> reals;           // R, percent

  void put(pqxx::transaction_base& transaction, put_receipt& receipt) {
    if (texts[0].size() == 0) return;
    const auto rows =
        transaction.exec_prepared("put_settled", texts[0].parameter(), texts[1].parameter(),
                                  reals[0].parameter(), reals[1].parameter());
    receipt.added += rows.affected_rows();
    receipt.repeated += texts[0].size() - rows.affected_rows();
    *this = {};
  }
};

} // namespace

const std::vector<pg_statement>& pg_outcome_statements() {
  static const std::vector<pg_statement> all{
      {"put_outcomes",
       "UPDATE prediction_logs p SET actual_high = u.high, actual_low = u.low, mae = u.mae"
       " FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::integer[], $5::float8[],"
       "  $6::float8[], $7::float8[]) AS u(at, symbol, horizon, version, high, low, mae)"
       " WHERE p.symbol_id = u.symbol AND p.horizon = u.horizon AND p.candle_time = u.at"
       " AND p.model_version_id = u.version AND p.actual_high IS NULL"},
      {"put_settled",
       "UPDATE signal_logs s SET outcome = u.outcome, pnl_r = u.r, pnl_percent = u.percent"
       " FROM unnest($1::text[], $2::text[], $3::float8[], $4::float8[])"
       "  AS u(id, outcome, r, percent) WHERE s.id = u.id AND s.outcome IS NULL"},
      {"open_predictions",
       "SELECT candle_time, (SELECT name FROM names WHERE id = model_version_id), current_price,"
       " high_q50, low_q50 FROM prediction_logs"
       " WHERE symbol_id = (SELECT id FROM symbols WHERE name = $1) AND horizon = $2"
       " AND candle_time >= $3 AND actual_high IS NULL ORDER BY candle_time LIMIT $4"},
      {"open_signals",
       "SELECT id, candle_time, entry, sl, tp, rr_ratio FROM signal_logs"
       " WHERE symbol_id = (SELECT id FROM symbols WHERE name = $1) AND created_at >= $2"
       " AND outcome IS NULL ORDER BY created_at, seq LIMIT $3"},
  };
  return all;
}

void pg_market_tables::put_all_outcomes(pqxx::transaction_base& transaction,
                                        const write_batch& batch) const {
  for (auto* next : batch) {
    const auto* request = std::get_if<put_log>(&next->what);
    if (!request) continue;
    outcome_columns predictions;
    for (const auto& o : request->outcomes) {
      predictions.times.add(o.candle_time);
      predictions.ids[0].add(symbol_id(o.symbol));
      predictions.ids[1].add(o.horizon);
      predictions.ids[2].add(name_id(o.model_version));
      predictions.reals[0].add(o.actual_high);
      predictions.reals[1].add(o.actual_low);
      predictions.reals[2].add(o.mae);
      if (predictions.times.size() == max_rows_a_statement)
        predictions.put(transaction, next->receipt);
    }
    predictions.put(transaction, next->receipt);
    settled_columns signals;
    for (const auto& s : request->settled) {
      signals.texts[0].add(s.id);
      signals.texts[1].add(s.outcome.outcome);
      signals.reals[0].add(s.outcome.pnl_r);
      signals.reals[1].add(s.outcome.pnl_percent);
      if (signals.texts[0].size() == max_rows_a_statement) signals.put(transaction, next->receipt);
    }
    signals.put(transaction, next->receipt);
  }
}

bool pg_market_tables::read(const get_open_rows& question, open_rows& out) {
  return attempt([&](pqxx::connection_base& connection) {
    out = {};
    pqxx::nontransaction transaction{connection};
    for (const auto horizon : horizons)
      for (const auto& row :
           transaction.exec_prepared("open_predictions", question.symbol, horizon, question.from,
                                     max_open_rows / horizons.size()))
        out.predictions.push_back({horizon, integer_in(row[0]), text_in(row[1]), real_in(row[2]),
                                   real_in(row[3]), real_in(row[4])});
    for (const auto& row :
         transaction.exec_prepared("open_signals", question.symbol, question.from, max_open_rows))
      out.signals.push_back({text_in(row[0]), integer_in(row[1]), real_in(row[2]), real_in(row[3]),
                             real_in(row[4]), real_in(row[5])});
  });
}

} // namespace troupe
