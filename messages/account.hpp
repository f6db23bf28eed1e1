// What one may say to an account, be it a user's wallet or an investment account, and the words it
// is said in. Plain values without CAF, so that the models and their tests can use them bare. What
// an account answers and what it journals is in messages/account_events.hpp.
#pragma once
#include "messages/money.hpp"
#include "messages/symbol.hpp"
#include "messages/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace troupe {

/// Ids are 1 to 128 bytes of visible ASCII.
using account_id = std::string;
using withdrawal_id = std::string;
using transfer_id = std::string;
using trade_id = std::string;
inline constexpr std::size_t max_id_bytes = 128;

/// The key of idempotency, minted by the caller and scoped by its origin so that no client can
/// guess another's: `key:…` (Idempotency-Key), `trade:ID:closed`, `performance:2026-01-05`,
/// `event:…`, `transfer:ID:out` … 1 to 200 bytes of visible ASCII.
using reference_id = std::string;
inline constexpr std::size_t max_reference_bytes = 200;

/// Free text: reasons, messages, raw amounts. Whoever takes it in cuts it to this.
inline constexpr std::size_t max_reason_bytes = 1000;

enum class account_kind : std::uint8_t { wallet, investment };

/// What a user invests in; a wallet has none.
enum class product : std::uint8_t { none, atlas, orion, nova };

enum class account_status : std::uint8_t { pending_deposit, active, paused, closed };

/// The other side of every movement. House accounts may be negative, no other.
enum class house_account : std::uint8_t { none, engine, market, payments, transit };

enum class trade_side : std::uint8_t { buy, sell };
enum class trade_status : std::uint8_t { open, closed };

std::string_view to_string(account_kind x);   // "wallet", "investment"
std::string_view to_string(product x);        // "none", "atlas", "orion", "nova"
std::string_view to_string(account_status x); // "pending_deposit", "active", "paused", "closed"
std::string_view to_string(house_account x);  // "none", "external:engine" …
std::string_view to_string(trade_side x);     // "buy", "sell"
std::string_view to_string(trade_status x);   // "open", "closed"
std::optional<product> parse_product(std::string_view text); // the three, not "none"
std::optional<trade_side> parse_trade_side(std::string_view text);
std::optional<trade_status> parse_trade_status(std::string_view text);

/// Makes an account. `initial_capital` 0: an investment account waits for its first deposit.
struct open_account {
  account_id account;
  reference_id reference;
  account_kind kind = account_kind::investment;
  product what = product::none; // of an investment account, else none
  std::string owner;            // the user's id; empty: the engine's
  std::string agent_type;       // at most max_id_bytes
  money initial_capital;        // >= 0
  house_account source = house_account::engine;
  utc_ms at = 0; // stamped once, where the request entered
};

/// Takes money in. Repeating a `reference` is harmless: the first receipt is returned.
struct deposit {
  account_id account;
  reference_id reference;
  money amount; // > 0
  house_account source = house_account::engine;
  std::optional<money> expected_balance; // after the movement, else errc::capital_mismatch
  utc_ms at = 0;
};

/// Takes money out at once (the engine's capital route); users reserve first.
struct withdraw {
  account_id account;
  reference_id reference;
  money amount; // > 0
  house_account target = house_account::engine;
  std::optional<money> expected_balance;
  utc_ms at = 0;
};

/// Sets an amount aside until the withdrawal is completed, rejected or expires.
struct reserve_withdrawal {
  account_id account;
  reference_id reference;
  withdrawal_id withdrawal; // minted by the caller, new
  money amount;             // > 0, at most what is available
  bool needs_approval = true;
  utc_ms at = 0;
};

struct approve_withdrawal {
  account_id account;
  reference_id reference;
  withdrawal_id withdrawal;
  utc_ms at = 0;
};

/// Lets an approved withdrawal leave. Towards a wallet (`target` transit, `to` its id) it goes on
/// as a transfer whose id is the withdrawal's.
struct complete_withdrawal {
  account_id account;
  reference_id reference;
  withdrawal_id withdrawal;
  house_account target = house_account::payments;
  account_id to; // only with transit
  utc_ms at = 0;
};

/// Frees the reserved amount, approved or not.
struct reject_withdrawal {
  account_id account;
  reference_id reference;
  withdrawal_id withdrawal;
  std::string reason;
  utc_ms at = 0;
};

/// Frees what nobody approved in time. An approved withdrawal does not expire.
struct expire_withdrawal {
  account_id account;
  reference_id reference;
  withdrawal_id withdrawal;
  utc_ms at = 0;
};

/// First step of a transfer, said to the sender: the amount leaves into transit.
struct transfer_out {
  account_id account;
  reference_id reference;
  transfer_id transfer;
  account_id to; // not the sender itself
  money amount;  // > 0
  utc_ms at = 0;
};

/// Second step, said to the receiver until it answers. Its outcome binds either way: credited or
/// refused, so that money returned to the sender can never be credited later.
struct transfer_in {
  account_id account;
  reference_id reference;
  transfer_id transfer;
  account_id from;
  money amount;
  utc_ms at = 0;
};

/// Last step, said to the sender: the receiver has it.
struct settle_transfer {
  account_id account;
  reference_id reference;
  transfer_id transfer;
  utc_ms at = 0;
};

/// The other last step: the receiver refused for good, so the amount comes back.
struct return_transfer {
  account_id account;
  reference_id reference;
  transfer_id transfer;
  std::string reason;
  utc_ms at = 0;
};

/// A trade as the engine reports it. Prices of trades are decimals, not market data.
struct trade_report {
  trade_id id;
  symbol_name symbol;
  trade_side side = trade_side::buy;
  money quantity, entry_price;
  std::optional<money> exit_price;
  money profit_loss; // moves the balance when closed; not read while open
  trade_status status = trade_status::closed;
  utc_ms executed_at = 0;      // decides which day's balance it belongs to
  std::string raw_profit_loss; // the text received, when rounding changed it
};

struct settle_trade {
  account_id account;
  reference_id reference; // one per (trade id, status)
  trade_report trade;
  utc_ms at = 0;
};

/// Sets the balance by an adjusting entry.
struct adjust_balance {
  account_id account;
  reference_id reference;
  money new_balance; // >= 0
  std::string reason;
  std::string raw_balance; // the text received, when rounding changed it
  utc_ms at = 0;
};

/// One day of an account. `day` counts days since 1970 (UTC).
struct daily_performance {
  std::int64_t day = 0;
  money opening_balance, closing_balance, daily_return;
  std::uint32_t trades_executed = 0, winning_trades = 0, losing_trades = 0;
  std::string raw_closing_balance; // the text received, when rounding changed it
};

/// Records a day as the engine saw it; the balance follows by an adjusting entry.
struct record_daily_performance {
  account_id account;
  reference_id reference; // one per day
  daily_performance row;
  utc_ms at = 0;
};

/// Stops trading and new money by hand; the breaker does not undo it.
struct pause_account {
  account_id account;
  reference_id reference;
  std::string reason;
  utc_ms at = 0;
};

/// Undoes a pause made by hand, and nothing the breaker did.
struct resume_account {
  account_id account;
  reference_id reference;
  utc_ms at = 0;
};

/// Ends an account. What is left is paid out to `payout`; with none it must be empty.
struct close_account {
  account_id account;
  reference_id reference;
  house_account payout = house_account::none;
  utc_ms at = 0;
};

/// An error the engine reports. A critical one opens the breaker until an admin resets it.
struct report_error {
  account_id account;
  reference_id reference;
  bool critical = false;
  std::string error_type;
  std::string message;
  utc_ms at = 0;
};

/// An admin closes the breaker by hand, whatever opened it.
struct reset_breaker {
  account_id account;
  reference_id reference;
  std::string by; // the admin's id
  std::string reason;
  utc_ms at = 0;
};

/// Time has passed: a cool-down may be over. Needs no reference and is harmless at any time.
struct tick_account {
  account_id account;
  utc_ms at = 0;
};

/// Every command, for queues and logs that hold any of them.
using account_command =
    std::variant<open_account, deposit, withdraw, reserve_withdrawal, approve_withdrawal,
                 complete_withdrawal, reject_withdrawal, expire_withdrawal, transfer_out,
                 transfer_in, settle_transfer, return_transfer, settle_trade, adjust_balance,
                 record_daily_performance, pause_account, resume_account, close_account,
                 report_error, reset_breaker, tick_account>;

} // namespace troupe
