// The lists of an account, read from its journal: trades and days.
#include "http/codec_request.hpp"
#include "http/journal_walk.hpp"
#include "http/json_text.hpp"
#include "http/money_request.hpp"
#include "http/routes/account.hpp"
#include "models/account/bytes.hpp"
#include "models/account/reports.hpp"

namespace troupe {

namespace {

constexpr std::int64_t default_limit = 1000, max_limit = 10'000, max_offset = 1'000'000;

// A date alone is its whole day.
bool read_time(exchange& ex, std::string_view name, bool to_the_end, utc_ms& out) {
  const auto given = ex.query.get(name);
  if (!given) return true;
  const auto at = parse_timestamp(*given);
  if (at) out = to_the_end && given->size() == 10 ? *at + day_ms - 1 : *at;
  if (!at)
    ex.fail(bad_field{std::string{name}, std::string{name} + " must be a date or time (RFC 3339)"});
  return at.has_value();
}

// False when the query was refused, and answered.
bool read_page(exchange& ex, report_page& page) {
  std::int64_t limit = default_limit, offset = 0;
  auto bad = read_number(ex.query, "limit", 1, max_limit, limit);
  if (!bad) bad = read_number(ex.query, "offset", 0, max_offset, offset);
  if (bad) {
    ex.fail(*bad);
    return false;
  }
  page.limit = static_cast<std::size_t>(limit);
  page.offset = static_cast<std::size_t>(offset);
  return read_time(ex, "start_date", false, page.from) && read_time(ex, "end_date", true, page.to);
}

// Folds every event of the account into `list`. A row that is no event ends the request: such a
// journal is broken, and `verify` names the row.
template<class List, class Done>
void walk_into(exchange& ex, account_id id, std::shared_ptr<List> list, Done done) {
  auto broken = std::make_shared<bool>(false);
  journal_walk::run(
      ex, std::move(id),
      [list, broken](const journal_row& row) {
        const auto event = event_from_bytes(row.payload);
        if (event) list->add(*event);
        *broken = !event;
        return event.has_value();
      },
      [list, broken, done](exchange& held) {
        if (*broken) return held.fail(errc::internal, "the account's journal is damaged");
        done(held, *list);
      });
}

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
  if (!id || !read_page(ex, page)) return;
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
  if (!id || !read_page(ex, page)) return;
  walk_into(ex, *id, std::make_shared<day_list>(page), [](exchange& held, day_list& list) {
    answer_list(held, "performance", list.take(now_ms(held) / day_ms), append_day);
  });
}

} // namespace troupe
