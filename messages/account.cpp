// The texts of what is said of accounts, and which code each refusal shows.
#include "messages/account.hpp"
#include "messages/account_events.hpp"

#include <algorithm>

namespace troupe {

namespace {

template<class Enum, std::size_t N>
std::string_view name_in(const std::array<std::string_view, N>& names, Enum x) {
  const auto i = static_cast<std::size_t>(x);
  return i < N ? names[i] : "?";
}

template<class Enum>
std::optional<Enum> among(std::initializer_list<Enum> choices, std::string_view text) {
  for (auto x : choices)
    if (to_string(x) == text) return x;
  return std::nullopt;
}

constexpr std::array<std::string_view, std::variant_size_v<account_event_body>> kinds{
    "account_opened",
    "deposited",
    "withdrawn",
    "withdrawal_reserved",
    "withdrawal_approved",
    "withdrawal_completed",
    "withdrawal_rejected",
    "withdrawal_expired",
    "transfer_reserved",
    "transfer_credited",
    "transfer_refused",
    "transfer_settled",
    "transfer_returned",
    "trade_opened",
    "trade_settled",
    "balance_adjusted",
    "performance_recorded",
    "account_paused",
    "account_resumed",
    "account_closed",
    "error_reported",
    "breaker_opened",
    "breaker_half_opened",
    "breaker_closed",
    "breaker_reset"};

struct refusal_row {
  errc code;
  std::string_view text;
};

// In the order of refusal.
constexpr std::array<refusal_row, refusal_count> refusals{{
    {errc::none, "accepted"},
    {errc::idempotency_key_required, "an idempotency key is required"},
    {errc::validation_error, "a field is out of bounds"},
    {errc::amount_invalid, "the amount is not allowed"},
    {errc::idempotency_conflict, "the idempotency key was used for other content"},
    {errc::not_found, "no such account"},
    {errc::idempotency_conflict, "the account exists already"},
    {errc::validation_error, "not possible for this kind of account"},
    {errc::account_closed, "the account is closed"},
    {errc::account_paused, "the account is paused"},
    {errc::not_found, "no such withdrawal or transfer is open"},
    {errc::validation_error, "not the next step of this withdrawal"},
    {errc::idempotency_conflict, "a withdrawal or transfer of that id is open"},
    {errc::busy, "too many withdrawals or transfers are open"},
    {errc::validation_error, "the day has not begun or is too long ago"},
    {errc::breaker_open, "the circuit breaker is open"},
    {errc::validation_error, "the circuit breaker is closed"},
    {errc::in_progress, "a withdrawal or transfer is under way"},
    {errc::insufficient_funds, "insufficient funds"},
    {errc::validation_error, "the account is not empty"},
    {errc::capital_mismatch, "the balance would not be the expected one"},
    {errc::amount_invalid, "the balance would be out of range"},
}};

} // namespace

std::string_view to_string(account_kind x) {
  return name_in<account_kind, 2>({"wallet", "investment"}, x);
}
std::string_view to_string(product x) {
  return name_in<product, 4>({"none", "atlas", "orion", "nova"}, x);
}
std::string_view to_string(account_status x) {
  return name_in<account_status, 4>({"pending_deposit", "active", "paused", "closed"}, x);
}
std::string_view to_string(house_account x) {
  return name_in<house_account, 5>(
      {"none", "external:engine", "external:market", "external:payments", "external:transit"}, x);
}
std::string_view to_string(trade_side x) { return name_in<trade_side, 2>({"buy", "sell"}, x); }
std::string_view to_string(trade_status x) {
  return name_in<trade_status, 2>({"open", "closed"}, x);
}
std::string_view to_string(breaker_cause x) {
  return name_in<breaker_cause, 5>(
      {"none", "daily_loss", "drawdown", "consecutive_losses", "critical_error"}, x);
}
std::string_view to_string(breaker_state x) {
  return name_in<breaker_state, 3>({"closed", "open", "half_open"}, x);
}

std::optional<product> parse_product(std::string_view text) {
  return among({product::atlas, product::orion, product::nova}, text);
}
std::optional<trade_side> parse_trade_side(std::string_view text) {
  return among({trade_side::buy, trade_side::sell}, text);
}
std::optional<trade_status> parse_trade_status(std::string_view text) {
  return among({trade_status::open, trade_status::closed}, text);
}

std::string_view kind_name(std::size_t kind) { return kind < kinds.size() ? kinds[kind] : "?"; }

bool operator==(const receipt& a, const receipt& b) {
  return a.reference == b.reference && a.version == b.version && a.at == b.at && a.kind == b.kind
      && a.amount == b.amount && a.balance_after == b.balance_after
      && a.reserved_after == b.reserved_after;
}

errc code_of(refusal r) {
  const auto i = static_cast<std::size_t>(r);
  return i < refusals.size() ? refusals[i].code : errc::internal;
}

std::string_view to_string(refusal r) {
  const auto i = static_cast<std::size_t>(r);
  return i < refusals.size() ? refusals[i].text : "?";
}

receipt receipt_of(const verdict& v) {
  if (v.earlier) return *v.earlier;
  const auto named = std::find_if(v.events.begin(), v.events.end(),
                                  [](const account_event& e) { return !e.reference.empty(); });
  if (named == v.events.end()) return {};
  return {named->reference,
          named->version,
          named->at,
          static_cast<std::uint8_t>(named->what.index()),
          named->moved.amount,
          named->moved.balance_after,
          named->reserved_after};
}

} // namespace troupe
