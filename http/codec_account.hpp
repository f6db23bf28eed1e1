// The JSON of money: bodies of commands to accounts, and accounts, receipts, trades and books as
// they are shown. Amounts are read from their text and written as strings. What webhooks report is
// in codec_event.
#pragma once
#include "http/json_fields.hpp"
#include "messages/account_view.hpp"
#include "messages/journal.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// An agent's settings, in bytes of JSON.
inline constexpr std::size_t max_config_bytes = 16 * 1024;

/// Body of POST /api/v1/trading/accounts. Reference and time are the route's.
struct account_order {
  open_account command;
  std::string agent_config; // the object's bytes as they came; empty: not given
};
std::optional<bad_body> read_account_order(std::string_view body, account_order& out);

/// Body of POST …/capital. Without an idempotency key `new_total_capital` is what tells a repeat
/// from a second movement, and must be there.
struct capital_order {
  bool withdrawal = false;
  money amount;                           // > 0
  std::optional<money> new_total_capital; // >= 0
};
std::optional<bad_body> read_capital_order(std::string_view body, bool keyed, capital_order& out);

/// An optional body `{reason}`; `required`: it must be there and not be empty.
std::optional<bad_body> read_reason(std::string_view body, bool required, std::string& reason);

/// `{amount}` of an admin's funding.
std::optional<bad_body> read_amount(std::string_view body, money& amount);

/// `{from,to,amount}` of an admin's transfer.
std::optional<bad_body> read_transfer(std::string_view body, move_money& out);

void append_money(std::string& out, std::string_view name, money value);

/// The account as SPEC §3.1 shows it. `for_admin`: with kind, owner and agent type.
void append_account(std::string& out, const account_view& account, bool for_admin = false);

/// The account as the command that opened it left it: equal for every repeat.
account_view view_as_opened(const open_account& command, const receipt& r);

/// What a movement was answered with, the first time and every time: the balance after it.
void append_movement(std::string& out, std::string_view account, std::string_view operation,
                     money amount, const receipt& r);

/// One trade; exit price and profit or loss are null while it is open.
void append_trade(std::string& out, const account_id& account, const trade_report& trade);

/// One day. The percentage is a JSON number, null where the day opened with nothing.
void append_day(std::string& out, const account_id& account, const daily_performance& row);

void append_trial_balance(std::string& out, const ledger_totals& totals);
void append_dead_letter(std::string& out, const dead_letter& letter);

} // namespace troupe
