#include "http/codec_event.hpp"

#include "models/sha256.hpp"

namespace troupe {

namespace {

void read_trade(body_fields& in, settle_trade& out) {
  auto& t = out.trade;
  in.id("trade_id", t.id);
  in.choice("status", t.status, parse_trade_status, "open or closed");
  in.id("symbol", t.symbol);
  if (!in.problem() && !valid_symbol(t.symbol))
    in.fail("symbol", " must be 3 to 20 of A-Z and 0-9");
  in.choice("side", t.side, parse_trade_side, "buy or sell");
  in.reported("quantity", t.quantity);
  in.reported("entry_price", t.entry_price);
  if (in.has("exit_price")) in.reported("exit_price", t.exit_price.emplace());
  if (t.status == trade_status::closed || in.has("profit_loss"))
    in.reported("profit_loss", t.profit_loss, &t.raw_profit_loss);
  in.time("executed_at", t.executed_at);
  out.reference.append("trade:").append(t.id).append(":").append(to_string(t.status));
}

void read_performance(body_fields& in, record_daily_performance& out) {
  auto& d = out.row;
  utc_ms date = 0;
  in.time("date", date);
  d.day = date / day_ms;
  in.reported("opening_balance", d.opening_balance);
  in.reported("closing_balance", d.closing_balance, &d.raw_closing_balance);
  in.reported("daily_return", d.daily_return);
  in.count("trades_executed", d.trades_executed);
  in.count("winning_trades", d.winning_trades);
  in.count("losing_trades", d.losing_trades);
  out.reference = "performance:" + to_iso8601(d.day * day_ms).substr(0, 10);
}

void read_balance(body_fields& in, adjust_balance& out) {
  in.reported("new_balance", out.new_balance, &out.raw_balance);
  in.text("reason", out.reason);
}

void read_error(body_fields& in, report_error& out) {
  in.text("error_type", out.error_type);
  in.text("error_message", out.message);
  out.critical = out.error_type == "critical";
}

// Of events that name no trade and no day.
reference_id reference_of(const std::string& event_id, std::string_view body) {
  return event_id.empty() ? "body:" + to_hex(sha256(body)) : "event:" + event_id;
}

template<class Command>
Command& begin(engine_event& what, body_fields& in, utc_ms now) {
  auto& command = what.emplace<Command>();
  in.go_inside();
  in.id("account_id", command.account);
  command.at = now;
  return command;
}

} // namespace

std::optional<bad_body> read_event(std::string_view body, utc_ms now, event_report& out) {
  body_fields in{body, "data"};
  in.text("event_type", out.event_type, max_id_bytes);
  std::string event_id;
  if (in.has("event_id")) in.id("event_id", event_id);
  if (in.problem()) return in.problem();
  if (out.event_type == "trade.executed") {
    read_trade(in, begin<settle_trade>(out.what, in, now));
  } else if (out.event_type == "daily.performance") {
    read_performance(in, begin<record_daily_performance>(out.what, in, now));
  } else if (out.event_type == "account.balance_updated") {
    auto& command = begin<adjust_balance>(out.what, in, now);
    read_balance(in, command);
    command.reference = reference_of(event_id, body);
  } else if (out.event_type == "account.error") {
    auto& command = begin<report_error>(out.what, in, now);
    read_error(in, command);
    command.reference = reference_of(event_id, body);
  }
  return in.problem();
}

} // namespace troupe
