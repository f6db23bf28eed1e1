// What the ML engine sends: signed bytes that become a command, and the account that is told it.
// Held against a whole parse of the same bytes.
#include "http/codec_event.hpp"
#include "http/signature.hpp"
#include "models/account.hpp"
#include "tests/fuzz/byte_source.hpp"
#include "tests/fuzz/target.hpp"

#include <nlohmann/json.hpp>

namespace troupe::fuzz {

namespace {

using nlohmann::json;

constexpr utc_ms now = 1767571200000; // 2026-01-05 00:00 UTC

void check_signature(std::string_view body, byte_source& in) {
  static signature_check check{"a secret"};
  static signature_check none{""};
  auto signature = check.sign(body);
  claim(signature.size() == 64 && check.valid(body, signature), "its own signature is right");
  claim(check.valid(body, "sha256=" + signature), "with its prefix too");
  claim(!none.valid(body, signature) && none.sign(body).empty(), "without a secret all are wrong");
  const auto at = in.below(64);
  const auto change = static_cast<char>(in.byte());
  const auto before = signature[at];
  signature[at] = change;
  const bool same_digit =
      change == before || (before >= 'a' && before <= 'f' && change == before - 'a' + 'A');
  claim(check.valid(body, signature) == same_digit, "another digit is another signature");
  claim(!check.valid(body, in.take(70)), "a made-up signature is wrong");
}

void check_amount(const json& said, money got) {
  claim(got.in_range(), "an amount is in range");
  if (said.is_string())
    return claim(parse_reported_amount(said.get<std::string>()) == got, "exactly as said");
  const auto off = static_cast<long double>(got.units()) / money::scale
      - static_cast<long double>(said.get<double>());
  claim(off <= 1e-3L && off >= -1e-3L, "the amount is the one said");
}

void check_raw(const json& said, const std::string& raw, money got) {
  if (raw.empty()) return;
  claim(raw.size() <= 100, "the text that is kept is short");
  claim(parse_reported_amount(raw) == got, "the text that is kept is the amount's");
  claim(!said.is_string() || said == raw, "the text that is kept is as it was written");
}

void check(const json& data, const settle_trade& c) {
  const auto& t = c.trade;
  claim(data.at("trade_id") == t.id && data.at("symbol") == t.symbol, "the trade said");
  claim(data.at("status") == std::string{to_string(t.status)}, "the status said");
  claim(data.at("side") == std::string{to_string(t.side)}, "the side said");
  check_amount(data.at("quantity"), t.quantity);
  check_amount(data.at("entry_price"), t.entry_price);
  if (t.exit_price) check_amount(data.at("exit_price"), *t.exit_price);
  if (t.status == trade_status::closed) check_amount(data.at("profit_loss"), t.profit_loss);
  if (data.contains("profit_loss"))
    check_raw(data["profit_loss"], t.raw_profit_loss, t.profit_loss);
}
void check(const json& data, const record_daily_performance& c) {
  check_amount(data.at("closing_balance"), c.row.closing_balance);
  check_raw(data["closing_balance"], c.row.raw_closing_balance, c.row.closing_balance);
  claim(data.at("trades_executed") == c.row.trades_executed, "the count said");
  claim(c.row.day >= 0 && c.reference.size() == 22, "a day has a name");
}
void check(const json& data, const adjust_balance& c) {
  check_amount(data.at("new_balance"), c.new_balance);
  check_raw(data["new_balance"], c.raw_balance, c.new_balance);
}
void check(const json& data, const report_error& c) {
  claim((data.at("error_type") == "critical") == c.critical, "critical is what says so");
}

/// An open account with some money hears it, twice.
template<class Command>
void tell(const Command& c) {
  account who{c.account};
  open_account open;
  open.account = c.account;
  open.reference = "key:open";
  open.what = product::atlas;
  open.initial_capital = money::whole(1000);
  open.at = now - day_ms;
  for (auto& e : who.judge(open).events) who.fold(e);
  claim(who.exists(), "an id that was read is an account's");
  const auto v = who.judge(c);
  claim(v.why != refusal::reference_missing && v.why != refusal::reference_conflict
            && v.why != refusal::account_unknown,
        "an event has a reference of its own");
  for (auto& e : v.events) who.fold(e);
  claim(!who.balance().is_negative(), "no balance below zero");
  if (!v.refused()) claim(who.judge(c).repeated(), "the same event again is a repeat");
}

} // namespace

void try_bytes(std::string_view bytes) {
  byte_source in{bytes};
  byte_source tampering{in.take(in.below(76))};
  const auto body = in.rest();
  check_signature(body, tampering);
  event_report report;
  if (const auto bad = read_event(body, now, report)) {
    claim(!bad->field.empty() && !bad->message.empty(), "a refusal names field and reason");
    claim(bad->field.size() <= 64 && bad->message.size() < 500, "a refusal is short");
    return;
  }
  const auto all = json::parse(body, nullptr, false);
  claim(all.is_object(), "an accepted body is an object");
  std::visit(
      [&](const auto& c) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(c)>, std::monostate>) {
          claim(all.at("event_type") == report.event_type, "the type said");
          const auto& data = all.at("data");
          claim(data.at("account_id") == c.account && c.at == now, "the account said");
          claim(!c.reference.empty() && c.reference.size() <= max_reference_bytes, "a key");
          check(data, c);
          tell(c);
        }
      },
      report.what);
}

std::vector<std::string> made_seeds() { return {}; }

} // namespace troupe::fuzz
