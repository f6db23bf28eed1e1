// What a user reads of an investment account's journal: days, trades and money movements.
#include "http/investment_request.hpp"
#include "http/json_text.hpp"
#include "http/report_request.hpp"
#include "http/routes/investment.hpp"

namespace troupe {

namespace {

template<class List, class Take, class Append>
void list_own(exchange& ex, std::string_view name, Take take, Append append) {
  report_page page;
  if (!own_investment(ex) || !read_page(ex, "from", "to", page)) return;
  with_own_account(ex, [=](exchange& held, const account_view& account) {
    const auto id = account.id;
    walk_into(held, id, std::make_shared<List>(page), [=](exchange& last, List& list) {
      std::string data = "{";
      append_key(data, name);
      data += '[';
      for (const auto& entry : take(last, list)) {
        if (data.back() != '[') data += ',';
        append(data, id, entry);
      }
      answer_data(last, data += "]}");
    });
  });
}

template<class List>
auto take_all(exchange&, List& list) {
  return list.take();
}

} // namespace

void get_investment_performance(exchange& ex) {
  list_own<day_list>(
      ex, "snapshots",
      [](exchange& held, day_list& list) { return list.take(now_ms(held) / day_ms); }, append_day);
}

void get_investment_trades(exchange& ex) {
  list_own<trade_list>(ex, "trades", take_all<trade_list>, append_trade);
}

void get_investment_transactions(exchange& ex) {
  list_own<transaction_list>(ex, "transactions", take_all<transaction_list>, append_transaction);
}

} // namespace troupe
