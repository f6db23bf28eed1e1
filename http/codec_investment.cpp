#include "http/codec_investment.hpp"

#include "http/codec_account.hpp"
#include "http/json_text.hpp"
#include "models/investment_ids.hpp"
#include "models/product.hpp"

namespace troupe {

namespace {

void append_number_of(std::string& out, std::string_view name, std::int64_t value) {
  append_key(out, name);
  append_integer(out, value);
}

/// Basis points as percent: 150 is 1.5.
void append_percent(std::string& out, std::string_view name, std::uint32_t bps) {
  append_key(out, name);
  append_integer(out, bps / 100);
  const auto rest = bps % 100;
  if (rest == 0) return;
  out += '.';
  out += static_cast<char>('0' + rest / 10);
  if (rest % 10 != 0) out += static_cast<char>('0' + rest % 10);
}

void append_at(std::string& out, std::string_view name, utc_ms at) {
  append_key(out, name);
  append_time(out, at);
}

std::string_view risk_of(product what) {
  switch (what) {
  case product::atlas: return "conservative";
  case product::orion: return "moderate";
  default: return "aggressive";
  }
}

} // namespace

std::optional<bad_body> read_investment(std::string_view body, invest& out) {
  body_fields in{body};
  in.choice("product_id", out.what, parse_product, "atlas, orion or nova");
  in.positive_amount("amount", out.amount);
  return in.problem();
}

void append_product(std::string& out, product what) {
  const auto& limits = limits_of(what);
  out += '{';
  append_field(out, "product_id", to_string(what));
  append_field(out, "risk_profile", risk_of(what));
  append_percent(out, "position_size_percent", limits.position_bps);
  append_percent(out, "max_daily_loss_percent", limits.daily_loss_bps);
  append_percent(out, "max_drawdown_percent", limits.drawdown_bps);
  append_number_of(out, "max_losses_in_row", limits.losses_in_row);
  append_number_of(out, "cool_down_hours", limits.cool_down_ms / hour_ms);
  append_percent(out, "half_open_size_percent", limits.half_open_bps);
  append_percent(out, "performance_fee_percent", limits.performance_fee_bps);
  append_key(out, "withdrawals_need_approval");
  out += limits.withdrawals_need_approval ? "true}" : "false}";
}

void append_transaction(std::string& out, const account_id& account, const account_transaction& t) {
  out += '{';
  append_field(out, "transaction_id", t.id);
  append_field(out, "account_id", account);
  append_field(out, "type", t.type);
  append_field(out, "status", t.status);
  append_money(out, "amount", t.amount);
  append_money(out, "balance", t.balance);
  append_at(out, "executed_at", t.at);
  out += '}';
}

void append_withdrawal(std::string& out, const withdrawal_answer& w) {
  out += '{';
  append_field(out, "withdrawal_id", w.id);
  append_field(out, "account_id", w.account);
  append_money(out, "amount", w.amount);
  append_field(out, "status", w.status);
  append_money(out, "balance", w.first.balance_after);
  append_money(out, "reserved", w.first.reserved_after);
  append_at(out, "requested_at", w.first.at);
  out += '}';
}

void append_waiting(std::string& out, const waiting_withdrawal& w) {
  out += '{';
  append_number_of(out, "number", static_cast<std::int64_t>(w.number));
  append_field(out, "withdrawal_id", w.id);
  append_field(out, "account_id", w.account);
  append_field(out, "user_id", investor_of(w.account).value_or(""));
  append_money(out, "amount", w.amount);
  append_field(out, "status", w.approved ? "approved" : "pending");
  append_at(out, "requested_at", w.at);
  out += '}';
}

} // namespace troupe
