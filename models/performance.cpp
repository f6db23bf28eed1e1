// Returns are results: money against external:market, and nothing else.
#include "models/performance.hpp"
#include "models/account/day_balances.hpp"

namespace troupe {

std::optional<money> return_percentage(const daily_performance& row) {
  return scaled(row.daily_return, money::whole(100), row.opening_balance);
}

void daily_book::begin(std::int64_t day, std::vector<daily_performance>& ended) {
  if (!started_) return;
  while (row_.day < day) {
    ended.push_back(row_);
    const auto closing = row_.closing_balance;
    const auto next = row_.day + 1;
    row_ = {};
    row_.day = next;
    row_.opening_balance = row_.closing_balance = closing;
  }
}

void daily_book::add(const account_event& event, std::vector<daily_performance>& ended) {
  const auto day = day_of(event.at);
  begin(day, ended);
  if (!started_) row_.day = day;
  started_ = true;
  row_.closing_balance = event.moved.balance_after;
  if (event.moved.contra == house_account::market)
    row_.daily_return = *troupe::add(row_.daily_return, event.moved.amount);
  if (const auto* settled = std::get_if<trade_settled>(&event.what)) {
    ++row_.trades_executed;
    if (settled->trade.profit_loss.is_positive()) ++row_.winning_trades;
    if (settled->trade.profit_loss.is_negative()) ++row_.losing_trades;
  }
}

} // namespace troupe
