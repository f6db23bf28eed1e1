// market_tables: spreads.
#include "runtime/stores/market_tables.hpp"

namespace troupe {

bool market_tables::add(const put_spreads& request, put_receipt& receipt) {
  for (const auto& r : request.rows) {
    const auto symbol = symbol_id(r.symbol);
    if (symbol == 0) return false;
    auto insert = db_->ask(
        "INSERT INTO spreads (symbol_id, first_at, last_at, quotes, spread_sum, spread_min,"
        " spread_max) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT (symbol_id, first_at) DO NOTHING");
    if (!insert.run(symbol, r.from, r.to, static_cast<std::int64_t>(r.count), r.sum, r.min, r.max))
      return false;
    ++(db_->changes() > 0 ? receipt.added : receipt.repeated);
  }
  return true;
}

bool market_tables::read(const get_spreads& question, spread_row& out) {
  out = {};
  const auto symbol = known_symbol_id(question.symbol);
  if (symbol == 0) return db_->ok();
  auto query = db_->ask(
      "SELECT min(first_at), max(last_at), sum(quotes), sum(spread_sum), min(spread_min),"
      " max(spread_max) FROM spreads WHERE symbol_id = ?1 AND first_at >= ?2 AND first_at < ?3"
      " AND first_at / 3600000 % 24 >= ?4 AND first_at / 3600000 % 24 < ?5 HAVING count(*) > 0");
  query.bind(symbol, question.since, question.until, static_cast<std::int64_t>(question.hour_from),
             static_cast<std::int64_t>(question.hour_to));
  if (query.step())
    out = {question.symbol,  query.integer(0),
           query.integer(1), static_cast<std::uint64_t>(query.integer(2)),
           query.real(3),    query.real(4),
           query.real(5)};
  return db_->ok();
}

void market_tables::erase_spreads(const symbol_name& of, utc_ms before, std::int64_t& left) {
  auto erase = db_->ask("DELETE FROM spreads WHERE symbol_id = ?1 AND first_at IN"
                        " (SELECT first_at FROM spreads WHERE symbol_id = ?1 AND first_at < ?2"
                        "  ORDER BY first_at LIMIT ?3)");
  for (const auto symbol : symbol_ids(of)) {
    if (left == 0 || !erase.run(symbol, before, left)) return;
    left -= db_->changes();
  }
}

} // namespace troupe
