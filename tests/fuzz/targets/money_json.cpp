// Bodies of money's commands, held against a whole parse of the same bytes: amounts exactly as
// written, nothing accepted that is ambiguous, and answers that are JSON.
#include "http/codec_account.hpp"
#include "models/account.hpp"
#include "tests/fuzz/target.hpp"

#include <nlohmann/json.hpp>

namespace troupe::fuzz {

namespace {

using nlohmann::json;

json whole(std::string_view body) { return json::parse(body, nullptr, false); }

void check_refusal(const bad_body& bad) {
  claim(!bad.field.empty() && !bad.message.empty(), "a refusal names field and reason");
  claim(bad.field.size() <= 64 && bad.message.size() < 500, "a refusal is short");
  claim(bad.code == errc::validation_error || bad.code == errc::amount_invalid,
        "a refusal has one of two codes");
}

/// The amount is what its text says: a string's text is at hand, a number's approximately.
void check_amount(const json& said, money got) {
  claim(got.in_range(), "an amount is in range");
  if (said.is_string())
    return claim(parse_amount(said.get<std::string>()) == got, "exactly as said");
  claim(said.is_number(), "an amount is a number or a string");
  if (said.is_number_unsigned())
    return claim(got == money::whole(said.get<std::uint64_t>()), "whole numbers exactly");
  const auto near = static_cast<long double>(got.units()) / money::scale;
  const auto off = near - static_cast<long double>(said.get<double>());
  claim(off <= 1e-3L && off >= -1e-3L, "the amount is the one said");
}

void try_order(std::string_view body) {
  account_order out;
  if (const auto bad = read_account_order(body, out)) return check_refusal(*bad);
  const auto all = whole(body);
  claim(all.is_object() && all.at("account_id") == out.command.account, "the account said");
  claim(all.at("product_id") == std::string{to_string(out.command.what)}, "the product said");
  claim(all.at("agent_type") == out.command.agent_type, "the agent said");
  claim(!out.command.initial_capital.is_negative(), "no capital below zero");
  check_amount(all.at("initial_capital"), out.command.initial_capital);
  claim(out.agent_config.size() <= max_config_bytes, "a configuration is bounded");
  if (!out.agent_config.empty())
    claim(whole(out.agent_config) == all.at("agent_config"), "the configuration's own bytes");
  auto& c = out.command;
  c.reference = "key:1";
  c.at = 1767571200000;
  account who{c.account};
  const auto v = who.judge(c);
  claim(v.why == refusal::none, "an account judges no field anew");
  std::string answer;
  append_account(answer, view_as_opened(c, receipt_of(v)), true);
  const auto shown = whole(answer);
  claim(shown.is_object() && shown.at("account_id") == c.account, "the answer is JSON");
  claim(shown.at("balance") == to_string(c.initial_capital), "the balance is shown exactly");
}

void try_capital(std::string_view body) {
  for (const bool keyed : {false, true}) {
    capital_order out;
    if (const auto bad = read_capital_order(body, keyed, out)) {
      check_refusal(*bad);
      continue;
    }
    const auto all = whole(body);
    claim(all.at("operation") == (out.withdrawal ? "withdrawal" : "deposit"), "the way said");
    claim(out.amount.is_positive(), "an amount is above 0");
    check_amount(all.at("amount"), out.amount);
    claim(keyed || out.new_total_capital, "without a key the total is needed");
    if (!out.new_total_capital) continue;
    claim(!out.new_total_capital->is_negative(), "a total is not below 0");
    check_amount(all.at("new_total_capital"), *out.new_total_capital);
  }
}

void try_transfer(std::string_view body) {
  move_money out;
  if (const auto bad = read_transfer(body, out)) return check_refusal(*bad);
  const auto all = whole(body);
  claim(all.at("from") == out.from && all.at("to") == out.to && out.from != out.to, "both ends");
  check_amount(all.at("amount"), out.amount);
}

void try_reason(std::string_view body) {
  for (const bool required : {false, true}) {
    std::string reason;
    if (const auto bad = read_reason(body, required, reason)) {
      check_refusal(*bad);
      continue;
    }
    claim(reason.size() <= max_reason_bytes, "a reason is bounded");
    claim(!required || !reason.empty(), "a required reason is there");
    dead_letter letter;
    letter.reason = reason;
    letter.body = body;
    std::string shown;
    append_dead_letter(shown, letter);
    claim(whole(shown).is_object(), "a letter is JSON whatever its body");
  }
}

} // namespace

void try_bytes(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto body = bytes.substr(1);
  switch (bytes.front() % 4) {
  case 0: return try_order(body);
  case 1: return try_capital(body);
  case 2: return try_transfer(body);
  default: return try_reason(body);
  }
}

std::vector<std::string> made_seeds() {
  return {"0{\"a\":" + std::string(40, '['), "1{\"amount\":" + std::string(120, '9') + '}'};
}

} // namespace troupe::fuzz
