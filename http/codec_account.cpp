#include "http/codec_account.hpp"

#include "http/json_text.hpp"
#include "models/performance.hpp"

namespace troupe {

namespace {

bool has_control_characters(std::string_view text) {
  for (unsigned char c : text)
    if (c < 0x20 || c == 0x7f) return true;
  return false;
}

void append_count(std::string& out, std::string_view name, std::uint64_t value) {
  append_key(out, name);
  append_integer(out, static_cast<std::int64_t>(value));
}

void append_null(std::string& out, std::string_view name) {
  append_key(out, name);
  out += "null";
}

void append_time_field(std::string& out, std::string_view name, utc_ms at) {
  append_key(out, name);
  append_time(out, at);
}

void append_breaker(std::string& out, const account_view& a) {
  append_key(out, "breaker");
  out += '{';
  append_field(out, "state", to_string(a.breaker));
  if (a.cause == breaker_cause::none)
    append_null(out, "cause");
  else
    append_field(out, "cause", to_string(a.cause));
  if (a.until == 0)
    append_null(out, "until");
  else
    append_time_field(out, "until", a.until);
  out += '}';
}

} // namespace

std::optional<bad_body> read_account_order(std::string_view body, account_order& out) {
  body_fields in{body};
  auto& c = out.command;
  in.id("account_id", c.account);
  in.choice("product_id", c.what, parse_product, "atlas, orion or nova");
  in.text("agent_type", c.agent_type, max_id_bytes + 1);
  if (!in.problem()
      && (c.agent_type.empty() || c.agent_type.size() > max_id_bytes
          || has_control_characters(c.agent_type)))
    in.fail("agent_type", " must be 1 to 128 bytes without control characters");
  in.amount("initial_capital", c.initial_capital);
  if (!in.problem() && c.initial_capital.is_negative())
    in.fail("initial_capital", " must not be below 0", errc::amount_invalid);
  if (in.has("agent_config")) in.object("agent_config", out.agent_config, max_config_bytes);
  return in.problem();
}

std::optional<bad_body> read_capital_order(std::string_view body, bool keyed, capital_order& out) {
  body_fields in{body};
  in.choice(
      "operation", out.withdrawal,
      [](std::string_view text) -> std::optional<bool> {
        if (text == "deposit") return false;
        if (text == "withdrawal") return true;
        return std::nullopt;
      },
      "deposit or withdrawal");
  in.positive_amount("amount", out.amount);
  if (keyed && !in.has("new_total_capital")) return in.problem();
  in.amount("new_total_capital", out.new_total_capital.emplace());
  if (!in.problem() && out.new_total_capital->is_negative())
    in.fail("new_total_capital", " must not be below 0", errc::amount_invalid);
  return in.problem();
}

std::optional<bad_body> read_reason(std::string_view body, bool required, std::string& reason) {
  if (body.empty() && !required) return std::nullopt;
  body_fields in{body};
  if (required || in.has("reason")) in.text("reason", reason);
  if (!in.problem() && required && reason.empty()) in.fail("reason", " must not be empty");
  return in.problem();
}

std::optional<bad_body> read_amount(std::string_view body, money& amount) {
  body_fields in{body};
  in.positive_amount("amount", amount);
  return in.problem();
}

std::optional<bad_body> read_transfer(std::string_view body, move_money& out) {
  body_fields in{body};
  in.id("from", out.from);
  in.id("to", out.to);
  if (!in.problem() && out.from == out.to) in.fail("to", " must be another account than from");
  in.positive_amount("amount", out.amount);
  return in.problem();
}

void append_money(std::string& out, std::string_view name, money value) {
  append_key(out, name);
  out += '"';
  out += to_string(value);
  out += '"';
}

void append_account(std::string& out, const account_view& a, bool for_admin) {
  out += '{';
  append_field(out, "account_id", a.id);
  if (a.what == product::none)
    append_null(out, "product_id");
  else
    append_field(out, "product_id", to_string(a.what));
  append_field(out, "status", to_string(a.status));
  append_money(out, "balance", a.balance);
  append_money(out, "reserved", a.reserved);
  append_money(out, "equity", a.equity);
  append_money(out, "high_water_mark", a.high_water_mark);
  append_breaker(out, a);
  append_count(out, "version", a.version);
  if (for_admin) {
    append_field(out, "kind", to_string(a.kind));
    append_field(out, "owner", a.owner);
    append_field(out, "agent_type", a.agent_type);
  }
  out += '}';
}

account_view view_as_opened(const open_account& command, const receipt& r) {
  account_view out;
  out.id = command.account;
  out.kind = command.kind;
  out.what = command.what;
  out.status = r.balance_after.is_positive() || command.kind == account_kind::wallet
      ? account_status::active
      : account_status::pending_deposit;
  out.balance = out.equity = r.balance_after;
  out.reserved = r.reserved_after;
  if (command.kind == account_kind::investment) out.high_water_mark = r.balance_after;
  out.version = r.version;
  out.owner = command.owner;
  out.agent_type = command.agent_type;
  return out;
}

void append_movement(std::string& out, std::string_view account, std::string_view operation,
                     money amount, const receipt& r) {
  out += '{';
  append_field(out, "account_id", account);
  append_field(out, "operation", operation);
  append_money(out, "amount", amount);
  append_money(out, "balance", r.balance_after);
  append_money(out, "reserved", r.reserved_after);
  append_money(out, "equity", r.balance_after);
  append_count(out, "version", r.version);
  append_time_field(out, "executed_at", r.at);
  out += '}';
}

void append_trade(std::string& out, const account_id& account, const trade_report& t) {
  const bool closed = t.status == trade_status::closed;
  out += '{';
  append_field(out, "trade_id", t.id);
  append_field(out, "account_id", account);
  append_field(out, "symbol", t.symbol);
  append_field(out, "side", to_string(t.side));
  append_money(out, "quantity", t.quantity);
  append_money(out, "entry_price", t.entry_price);
  if (t.exit_price)
    append_money(out, "exit_price", *t.exit_price);
  else
    append_null(out, "exit_price");
  if (closed)
    append_money(out, "profit_loss", t.profit_loss);
  else
    append_null(out, "profit_loss");
  append_field(out, "status", to_string(t.status));
  append_time_field(out, "executed_at", t.executed_at);
  out += '}';
}

void append_day(std::string& out, const account_id& account, const daily_performance& row) {
  out += '{';
  append_field(out, "account_id", account);
  append_field(out, "date", std::string_view{to_iso8601(row.day * day_ms)}.substr(0, 10));
  append_money(out, "opening_balance", row.opening_balance);
  append_money(out, "closing_balance", row.closing_balance);
  append_money(out, "daily_return", row.daily_return);
  append_key(out, "daily_return_percentage");
  const auto percentage = return_percentage(row);
  out += percentage ? to_string(*percentage) : "null"; // a decimal's text is a JSON number
  append_count(out, "trades_executed", row.trades_executed);
  append_count(out, "winning_trades", row.winning_trades);
  append_count(out, "losing_trades", row.losing_trades);
  out += '}';
}

void append_trial_balance(std::string& out, const ledger_totals& totals) {
  out += '{';
  append_money(out, "accounts", totals.accounts);
  append_money(out, "external:engine", totals.engine);
  append_money(out, "external:market", totals.market);
  append_money(out, "external:payments", totals.payments);
  append_money(out, "external:transit", totals.transit);
  append_money(out, "difference", totals.difference);
  append_key(out, "balanced");
  out += totals.difference.is_zero() ? "true" : "false";
  append_count(out, "account_count", totals.account_count);
  append_count(out, "row_count", totals.row_count);
  out += '}';
}

void append_dead_letter(std::string& out, const dead_letter& letter) {
  out += '{';
  append_count(out, "id", letter.id);
  append_field(out, "source", letter.source);
  append_field(out, "reason", letter.reason);
  append_field(out, "body", letter.body);
  append_time_field(out, "at", letter.at);
  append_key(out, "replayed");
  out += letter.replayed ? "true}" : "false}";
}

} // namespace troupe
