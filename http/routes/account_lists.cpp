// The lists of an account, read from its journal: trades and days.
#include "http/json_text.hpp"
#include "http/money_request.hpp"
#include "http/report_request.hpp"
#include "http/routes/account.hpp"

namespace troupe {

namespace {

template<class Entries, class Append>
void answer_list(exchange& ex, std::string_view name, const Entries& entries, Append append) {
  std::string body = "{";
  append_key(body, name);
  body += '[';
  for (const auto& entry : entries) {
    if (body.back() != '[') body += ',';
    append(body, ex.param("id"), entry);
  }
  ex.answer_json(body += "]}");
}

} // namespace

void get_account_trades(exchange& ex) {
  const auto id = account_of_path(ex);
  report_page page;
  if (!id || !read_page(ex, "start_date", "end_date", page)) return;
  if (const auto status = ex.query.get("status")) {
    page.status = parse_trade_status(*status);
    if (!page.status) return ex.fail(bad_field{"status", "status must be open or closed"});
  }
  walk_into(ex, *id, std::make_shared<trade_list>(page), [](exchange& held, trade_list& list) {
    answer_list(held, "trades", list.take(), append_trade);
  });
}

void get_account_performance(exchange& ex) {
  const auto id = account_of_path(ex);
  report_page page;
  if (!id || !read_page(ex, "start_date", "end_date", page)) return;
  walk_into(ex, *id, std::make_shared<day_list>(page), [](exchange& held, day_list& list) {
    answer_list(held, "performance", list.take(now_ms(held) / day_ms), append_day);
  });
}

} // namespace troupe
