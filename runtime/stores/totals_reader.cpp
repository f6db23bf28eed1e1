#include "runtime/stores/totals_reader.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace troupe {

bool read_totals(sqlite_db& db, ledger_totals& out) {
  // A sum of whole units could pass 64 bits at ten million rows of the largest amount: their upper
  // and lower 20 bits are summed apart. Integer shifts and masks are exact for negatives too.
  const auto total = [](const sqlite_query& q, int first) {
    const auto upper = static_cast<int128>(q.integer(first)) * (1 << 20);
    return (upper + q.integer(first + 1)) * money::scale + q.integer(first + 2);
  };
  auto accounts = db.ask("SELECT count(*), coalesce(sum(balance_whole >> 20), 0),"
                         " coalesce(sum(balance_whole & 1048575), 0),"
                         " coalesce(sum(balance_fraction), 0) FROM accounts");
  if (!accounts.bind().step()) return false;
  int128 all = total(accounts, 1);
  out.accounts = money::from_units(all);
  out.account_count = static_cast<std::uint64_t>(accounts.integer(0));
  auto houses = db.ask("SELECT contra, count(*), sum(amount_whole >> 20),"
                       " sum(amount_whole & 1048575), sum(amount_fraction) FROM journal"
                       " GROUP BY contra");
  houses.bind();
  while (houses.step()) {
    const auto gained = -total(houses, 2);
    all += gained;
    out.row_count += static_cast<std::uint64_t>(houses.integer(1));
    switch (static_cast<house_account>(houses.integer(0))) {
    case house_account::engine: out.engine = money::from_units(gained); break;
    case house_account::market: out.market = money::from_units(gained); break;
    case house_account::payments: out.payments = money::from_units(gained); break;
    case house_account::transit: out.transit = money::from_units(gained); break;
    case house_account::none: break;
    }
  }
  out.difference = money::from_units(all);
  return db.ok();
}

namespace {

caf::result<ledger_totals> totals_of(const std::string& path, std::uint32_t busy_timeout_ms) {
  std::string error;
  const auto db = sqlite_db::open(path, busy_timeout_ms, error);
  if (!db) return caf::make_error(errc::store_unavailable, error);
  ledger_totals out;
  // One transaction: both sums are of the same moment.
  if (db->exec("BEGIN") && read_totals(*db, out) && db->exec("COMMIT")) return out;
  db->rollback();
  return caf::make_error(errc::store_unavailable, db->error());
}

totals_actor::behavior_type totals_reader(totals_actor::pointer, const std::string& path,
                                          std::uint32_t busy_timeout_ms) {
  return {[=](get_trial_balance) { return totals_of(path, busy_timeout_ms); }};
}

} // namespace

totals_actor spawn_totals_reader(caf::actor_system& system, const std::string& path,
                                 std::uint32_t busy_timeout_ms, bool detached) {
  return detached ? system.spawn<caf::detached>(totals_reader, path, busy_timeout_ms)
                  : system.spawn(totals_reader, path, busy_timeout_ms);
}

} // namespace troupe
