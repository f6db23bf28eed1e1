// pg_market_tables: spreads.
#include "runtime/stores/postgres/fields.hpp"
#include "runtime/stores/postgres/market_tables.hpp"

#include <pqxx/pqxx>

namespace troupe {

const std::vector<pg_statement>& pg_spread_statements() {
  static const std::vector<pg_statement> all{
      {"put_spread",
       "INSERT INTO spreads (symbol_id, first_at, last_at, quotes, spread_sum, spread_min,"
       " spread_max) VALUES ($1, $2, $3, $4, $5, $6, $7)"
       " ON CONFLICT (symbol_id, first_at) DO NOTHING"},
      {"get_spreads",
       "SELECT min(first_at), max(last_at), sum(quotes)::bigint, sum(spread_sum), min(spread_min),"
       " max(spread_max) FROM spreads"
       " WHERE symbol_id = (SELECT id FROM symbols WHERE name = $1)"
       " AND first_at >= $2 AND first_at < $3 AND first_at / 3600000 % 24 >= $4"
       " AND first_at / 3600000 % 24 < $5 HAVING count(*) > 0"},
  };
  return all;
}

// A row a symbol and ten minutes: few, so that each may be a statement of its own.
void pg_market_tables::put_all_spreads(pqxx::transaction_base& transaction,
                                       const write_batch& batch) const {
  for (auto* next : batch) {
    const auto* request = std::get_if<put_spreads>(&next->what);
    if (!request) continue;
    for (const auto& r : request->rows) {
      const auto done =
          transaction.exec_prepared("put_spread", symbol_id(r.symbol), r.from, r.to,
                                    static_cast<std::int64_t>(r.count), r.sum, r.min, r.max);
      ++(done.affected_rows() > 0 ? next->receipt.added : next->receipt.repeated);
    }
  }
}

bool pg_market_tables::read(const get_spreads& question, spread_row& out) {
  return attempt([&](pqxx::connection_base& connection) {
    out = {};
    pqxx::nontransaction transaction{connection};
    const auto rows =
        transaction.exec_prepared("get_spreads", question.symbol, question.since, question.until,
                                  question.hour_from, question.hour_to);
    if (rows.empty()) return;
    const auto row = rows[0];
    out = {
        question.symbol, integer_in(row[0]), integer_in(row[1]), number_in<std::uint64_t>(row[2]),
        real_in(row[3]), real_in(row[4]),    real_in(row[5])};
  });
}

} // namespace troupe
