// market_tables: what became of predictions and signals.
#include "runtime/stores/market_tables.hpp"

namespace troupe {

bool market_tables::add_outcomes(const put_log& request, put_receipt& receipt) {
  const auto count = [&] { ++(db_->changes() > 0 ? receipt.added : receipt.repeated); };
  auto predictions = db_->ask(
      "UPDATE prediction_logs SET actual_high = ?5, actual_low = ?6, mae = ?7 WHERE symbol_id = ?1"
      " AND horizon = ?2 AND candle_time = ?3 AND model_version_id = ?4 AND actual_high IS NULL");
  for (const auto& o : request.outcomes) {
    const auto symbol = symbol_id(o.symbol), version = name_id(o.model_version);
    if (symbol == 0 || version == 0
        || !predictions.run(symbol, o.horizon, o.candle_time, version, o.actual_high, o.actual_low,
                            o.mae))
      return false;
    count();
  }
  auto signals = db_->ask("UPDATE signal_logs SET outcome = ?2, pnl_r = ?3, pnl_percent = ?4"
                          " WHERE id = ?1 AND outcome IS NULL");
  for (const auto& s : request.settled) {
    if (!signals.run(s.id, s.outcome.outcome, s.outcome.pnl_r, s.outcome.pnl_percent)) return false;
    count();
  }
  return true;
}

bool market_tables::read(const get_open_rows& question, open_rows& out) {
  const auto symbol = known_symbol_id(question.symbol);
  if (symbol == 0) return db_->ok();
  // By horizon: each is a stretch of the primary key.
  auto predictions = db_->ask(
      "SELECT p.candle_time, n.name, p.current_price, p.high_q50, p.low_q50 FROM prediction_logs p"
      " JOIN names n ON n.id = p.model_version_id WHERE p.symbol_id = ?1 AND p.horizon = ?2"
      " AND p.candle_time >= ?3 AND p.actual_high IS NULL ORDER BY p.candle_time LIMIT ?4");
  for (const auto horizon : horizons) {
    predictions.bind(symbol, horizon, question.from,
                     max_open_rows / static_cast<std::uint32_t>(horizons.size()));
    while (predictions.step())
      out.predictions.push_back({horizon, predictions.integer(0), predictions.text(1),
                                 predictions.real(2), predictions.real(3), predictions.real(4)});
  }
  auto signals =
      db_->ask("SELECT id, candle_time, entry, sl, tp, rr_ratio FROM signal_logs"
               " INDEXED BY signal_logs_by_symbol WHERE symbol_id = ?1 AND created_at >= ?2"
               " AND outcome IS NULL ORDER BY created_at, seq LIMIT ?3");
  signals.bind(symbol, question.from, max_open_rows);
  while (signals.step())
    out.signals.push_back({signals.text(0), signals.integer(1), signals.real(2), signals.real(3),
                           signals.real(4), signals.real(5)});
  return db_->ok();
}

} // namespace troupe
