// market_tables: what is past its retention goes, a slice at a time.
#include "runtime/stores/market_tables.hpp"

namespace troupe {

std::vector<std::int64_t> market_tables::symbol_ids(const symbol_name& one) {
  std::vector<std::int64_t> ids;
  auto query = db_->ask("SELECT id FROM symbols WHERE ?1 = '' OR name = ?1 ORDER BY id");
  query.bind(one);
  while (query.step()) ids.push_back(query.integer(0));
  return ids;
}

void market_tables::erase_candles(const symbol_name& of, utc_ms before, std::int64_t& left) {
  auto erase = db_->ask("DELETE FROM candles WHERE symbol_id = ?1 AND open_time IN"
                        " (SELECT open_time FROM candles WHERE symbol_id = ?1 AND open_time < ?2"
                        "  ORDER BY open_time LIMIT ?3)");
  for (const auto symbol : symbol_ids(of)) {
    if (left == 0 || !erase.run(symbol, before, left)) return;
    candle_changes_[symbol] -= db_->changes();
    left -= db_->changes();
  }
}

void market_tables::erase_predictions(const symbol_name& of, utc_ms before, std::int64_t& left) {
  auto erase =
      db_->ask("DELETE FROM prediction_logs WHERE (symbol_id, horizon, candle_time,"
               " model_version_id) IN (SELECT symbol_id, horizon, candle_time, model_version_id"
               "  FROM prediction_logs WHERE symbol_id = ?1 AND horizon = ?2 AND candle_time < ?3"
               "  ORDER BY candle_time LIMIT ?4)");
  for (const auto symbol : symbol_ids(of))
    for (const auto horizon : horizons) {
      if (left == 0 || !erase.run(symbol, horizon, before, left)) return;
      left -= db_->changes();
    }
}

void market_tables::erase_signals(const symbol_name& of, utc_ms before, std::int64_t& left) {
  auto erase = db_->ask("DELETE FROM signal_logs WHERE seq IN"
                        " (SELECT seq FROM signal_logs WHERE symbol_id = ?1 AND created_at < ?2"
                        "  ORDER BY created_at LIMIT ?3) RETURNING horizon, type");
  for (const auto symbol : symbol_ids(of)) {
    if (left == 0) return;
    erase.bind(symbol, before, left);
    while (erase.step()) {
      // Types are few fixed words; the map outlives the row, so it takes the words' own text.
      const auto type = parse_signal_type(erase.text(1));
      if (!type) return db_->fail("signal of an unknown type");
      --signal_changes_[{symbol, static_cast<std::int32_t>(erase.integer(0)), to_string(*type)}];
      --left;
    }
  }
}

void market_tables::erase_served(const symbol_name& of, utc_ms before, std::int64_t& left) {
  auto erase = db_->ask("DELETE FROM served_signals WHERE (user_id, signal) IN"
                        " (SELECT user_id, signal FROM served_signals WHERE symbol_id = ?1"
                        "  AND created_at < ?2 ORDER BY created_at LIMIT ?3)");
  for (const auto symbol : symbol_ids(of)) {
    if (left == 0 || !erase.run(symbol, before, left)) return;
    left -= db_->changes();
  }
}

bool market_tables::erase_some(const apply_retention& limits, std::uint32_t max_rows,
                               std::uint64_t& deleted) {
  std::int64_t left = max_rows;
  const auto cut = [&](std::uint32_t days) { return limits.now - days * day_ms; };
  if (!begin()) return false;
  if (limits.candle_days > 0) erase_candles(limits.symbol, cut(limits.candle_days), left);
  if (limits.candle_days > 0 && db_->ok())
    erase_spreads(limits.symbol, cut(limits.candle_days), left);
  if (limits.prediction_days > 0 && db_->ok())
    erase_predictions(limits.symbol, cut(limits.prediction_days), left);
  if (limits.signal_days > 0 && db_->ok())
    erase_signals(limits.symbol, cut(limits.signal_days), left);
  if (limits.signal_days > 0 && db_->ok())
    erase_served(limits.symbol, cut(limits.signal_days), left);
  if (!db_->ok() || !commit()) {
    rollback();
    return false;
  }
  deleted = max_rows - static_cast<std::uint64_t>(left);
  return true;
}

} // namespace troupe
