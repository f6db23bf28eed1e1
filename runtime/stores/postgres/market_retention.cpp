// pg_market_tables: what is past its retention goes, a slice at a time.
#include "runtime/stores/postgres/arrays.hpp"
#include "runtime/stores/postgres/fields.hpp"
#include "runtime/stores/postgres/market_tables.hpp"

#include <pqxx/pqxx>

namespace troupe {

// Each finds the oldest rows of every symbol by the index that begins with the symbol, deletes them
// by their place and returns how many went. A row whose outcome is written at that moment has moved
// and stays for the next time.
const std::vector<pg_statement>& pg_retention_statements() {
  static const std::vector<pg_statement> all{
      {"erase_candles",
       "WITH gone AS (DELETE FROM candles WHERE ctid = ANY (ARRAY("
       "  SELECT old.ctid FROM symbols s CROSS JOIN LATERAL (SELECT ctid FROM candles"
       "   WHERE symbol_id = s.id AND open_time < $2 ORDER BY open_time LIMIT $3) old"
       "  WHERE $1 = '' OR s.name = $1 LIMIT $3)) RETURNING symbol_id),"
       " counted AS (SELECT symbol_id, count(*) AS rows FROM gone GROUP BY symbol_id),"
       " noted AS (UPDATE symbols s SET candle_rows = candle_rows - c.rows FROM counted c"
       "  WHERE s.id = c.symbol_id)"
       " SELECT count(*) FROM gone"},
      {"erase_predictions",
       "WITH gone AS (DELETE FROM prediction_logs WHERE ctid = ANY (ARRAY("
       "  SELECT old.ctid FROM symbols s CROSS JOIN unnest($4::integer[]) AS h(horizon)"
       "   CROSS JOIN LATERAL (SELECT ctid FROM prediction_logs WHERE symbol_id = s.id"
       "    AND horizon = h.horizon AND candle_time < $2 ORDER BY candle_time LIMIT $3) old"
       "  WHERE $1 = '' OR s.name = $1 LIMIT $3)) RETURNING 1)"
       " SELECT count(*) FROM gone"},
      {"erase_signals",
       "WITH gone AS (DELETE FROM signal_logs WHERE ctid = ANY (ARRAY("
       "  SELECT old.ctid FROM symbols s CROSS JOIN LATERAL (SELECT ctid FROM signal_logs"
       "   WHERE symbol_id = s.id AND created_at < $2 ORDER BY created_at LIMIT $3) old"
       "  WHERE $1 = '' OR s.name = $1 LIMIT $3)) RETURNING symbol_id, horizon, type),"
       " counted AS (SELECT symbol_id, horizon, type, count(*) AS rows FROM gone"
       "  GROUP BY symbol_id, horizon, type),"
       " noted AS (UPDATE signal_counts s SET rows = s.rows - c.rows FROM counted c"
       "  WHERE s.symbol_id = c.symbol_id AND s.horizon = c.horizon AND s.type = c.type)"
       " SELECT count(*) FROM gone"},
      {"erase_spreads",
       "WITH gone AS (DELETE FROM spreads WHERE ctid = ANY (ARRAY("
       "  SELECT old.ctid FROM symbols s CROSS JOIN LATERAL (SELECT ctid FROM spreads"
       "   WHERE symbol_id = s.id AND first_at < $2 ORDER BY first_at LIMIT $3) old"
       "  WHERE $1 = '' OR s.name = $1 LIMIT $3)) RETURNING 1)"
       " SELECT count(*) FROM gone"},
      {"erase_served",
       "WITH gone AS (DELETE FROM served_signals WHERE ctid = ANY (ARRAY("
       "  SELECT old.ctid FROM symbols s CROSS JOIN LATERAL (SELECT ctid FROM served_signals"
       "   WHERE symbol_id = s.id AND created_at < $2 ORDER BY created_at LIMIT $3) old"
       "  WHERE $1 = '' OR s.name = $1 LIMIT $3)) RETURNING 1)"
       " SELECT count(*) FROM gone"},
  };
  return all;
}

bool pg_market_tables::erase_some(const apply_retention& limits, std::uint32_t max_rows,
                                  std::uint64_t& deleted) {
  pg_array<std::int32_t> all_horizons;
  for (const auto horizon : horizons) all_horizons.add(horizon);
  const auto cut = [&](std::uint32_t days) { return limits.now - days * day_ms; };
  return attempt([&](pqxx::connection_base& connection) {
    std::uint64_t left = max_rows;
    pqxx::work transaction{connection};
    const auto erase = [&](std::uint32_t days, const char* statement, const auto&... more) {
      if (days == 0 || left == 0) return;
      const auto row =
          transaction.exec_prepared1(statement, limits.symbol, cut(days), left, more...);
      left -= number_in<std::uint64_t>(row[0]);
    };
    erase(limits.candle_days, "erase_candles");
    erase(limits.candle_days, "erase_spreads");
    erase(limits.prediction_days, "erase_predictions", all_horizons.parameter());
    erase(limits.signal_days, "erase_signals");
    erase(limits.signal_days, "erase_served");
    transaction.commit();
    deleted = max_rows - left;
  });
}

} // namespace troupe
