// What has happened to an account, and what it answers. Events are past tense, complete in
// themselves and never changed: state, trial balance and hash chain are folded from them alone.
#pragma once
#include "messages/account.hpp"
#include "messages/errors.hpp"

#include <variant>
#include <vector>

namespace troupe {

/// One movement in double entry: the account gains `amount`, the house account loses it. Amount 0
/// with contra none: the event moved no money.
struct posting {
  house_account contra = house_account::none;
  money amount;
  money balance_after; // of the account
};

struct account_opened {
  account_kind kind = account_kind::investment;
  product what = product::none;
  std::string owner, agent_type;
};
struct deposited {};
struct withdrawn {};
struct withdrawal_reserved {
  withdrawal_id withdrawal;
  money amount;
  bool needs_approval = true;
};
struct withdrawal_approved {
  withdrawal_id withdrawal;
};
struct withdrawal_completed {
  withdrawal_id withdrawal;
  account_id to; // a wallet when contra is transit: from here on a transfer of the same id is open
};
struct withdrawal_rejected {
  withdrawal_id withdrawal;
  std::string reason;
};
struct withdrawal_expired {
  withdrawal_id withdrawal;
};
struct transfer_reserved {
  transfer_id transfer;
  account_id to;
};
struct transfer_credited {
  transfer_id transfer;
  account_id from;
};
/// The receiver will never take this transfer: the sender may have its money back.
struct transfer_refused {
  transfer_id transfer;
  account_id from;
  money amount;
  std::string reason;
};
struct transfer_settled {
  transfer_id transfer;
};
struct transfer_returned {
  transfer_id transfer;
  std::string reason;
};
struct trade_opened {
  trade_report trade;
};
/// `absorbed`: a daily performance that covers the trade's time was there first and its adjusting
/// entry has moved this profit or loss already; the posting is then 0.
struct trade_settled {
  trade_report trade;
  bool absorbed = false;
};
struct balance_adjusted {
  std::string reason, raw_balance;
};
/// The posting is the adjusting entry: 0 when the books agreed or a later day was there first.
struct performance_recorded {
  daily_performance row;
};
struct account_paused {
  std::string reason;
};
struct account_resumed {};
struct account_closed {};
struct error_reported {
  bool critical = false;
  std::string error_type, message;
};

enum class breaker_cause : std::uint8_t {
  none,
  daily_loss,
  drawdown,
  consecutive_losses,
  critical_error
};
enum class breaker_state : std::uint8_t { closed, open, half_open };

std::string_view to_string(breaker_cause x);
std::string_view to_string(breaker_state x);

/// Why the breaker opened: `measured` reached `limit`, a part of `base` (the day's base or the
/// drawdown mark). Counted causes leave the money at 0 and use `losses_in_row`.
struct breaker_evidence {
  money measured, limit, base;
  std::uint32_t losses_in_row = 0;
};
struct breaker_opened {
  breaker_cause cause = breaker_cause::none;
  breaker_evidence evidence;
  utc_ms until = 0;        // half-open from then on; 0: until an admin resets it
  std::uint32_t level = 0; // how often the cool-down has been doubled
};
struct breaker_half_opened {
  utc_ms since = 0; // when the cool-down was over, not when it was noticed
};
/// The trade at reduced size won.
struct breaker_closed {};
struct breaker_reset {
  std::string by, reason;
};

/// Values are the canonical bytes' kind numbers: append only, never reorder.
using account_event_body =
    std::variant<account_opened, deposited, withdrawn, withdrawal_reserved, withdrawal_approved,
                 withdrawal_completed, withdrawal_rejected, withdrawal_expired, transfer_reserved,
                 transfer_credited, transfer_refused, transfer_settled, transfer_returned,
                 trade_opened, trade_settled, balance_adjusted, performance_recorded,
                 account_paused, account_resumed, account_closed, error_reported, breaker_opened,
                 breaker_half_opened, breaker_closed, breaker_reset>;

/// One row of an account's journal.
struct account_event {
  std::uint64_t version = 0; // 1, 2, 3 … without a gap
  utc_ms at = 0;
  reference_id reference;    // of the command; empty on what merely followed from it
  std::uint64_t content = 0; // hash of the command's content, with the reference
  posting moved;
  money reserved_after;
  account_event_body what;
};

/// `deposited`, `breaker_opened` …: the stable name of an event's kind.
std::string_view kind_name(std::size_t kind);

/// What an accepted command is answered with, the first time and every time.
struct receipt {
  reference_id reference;
  std::uint64_t version = 0; // of the event that carries the reference
  utc_ms at = 0;
  std::uint8_t kind = 0; // index in account_event_body
  money amount, balance_after, reserved_after;
};

bool operator==(const receipt& a, const receipt& b);

/// Why a command was refused. The order is the precedence: of several reasons the first is named.
enum class refusal : std::uint8_t {
  none,
  reference_missing,    // empty
  field_invalid,        // an id, text, choice or time out of bounds
  amount_not_allowed,   // zero, negative or out of range where that has no meaning
  reference_conflict,   // the reference was used for other content
  account_unknown,      // never opened
  account_exists,       // opened before, under another reference
  wrong_kind,           // the command is not for this kind of account
  account_is_closed,    //
  account_is_paused,    // by hand or by a critical error: no new money
  not_open_any_more,    // no such withdrawal or transfer is open
  wrong_step,           // the withdrawal must be approved first, or was approved already
  id_in_use,            // a withdrawal or transfer of that id is open
  too_many_open,        // of withdrawals or transfers
  day_out_of_reach,     // not ended when the command was made, or older than what is kept
  breaker_is_open,      // resume cannot undo the breaker
  breaker_is_closed,    // nothing to reset
  something_open,       // close: a withdrawal or transfer is under way
  not_enough,           // the balance or what is available of it
  balance_left,         // close: neither empty nor paid out
  unexpected_balance,   // the balance would not be what the command expects
  balance_out_of_range, // beyond NUMERIC(20,8)
};
inline constexpr std::size_t refusal_count = 22;

/// The code the outside sees.
errc code_of(refusal r);
/// One line for people.
std::string_view to_string(refusal r);

/// What judging a command says: refused, a repeat of an accepted command, or the events it causes.
struct verdict {
  refusal why = refusal::none;
  std::optional<receipt> earlier; // a repeat: the first receipt; nothing happens
  std::vector<account_event> events;

  bool refused() const { return why != refusal::none; }
  bool repeated() const { return earlier.has_value(); }
};

/// The receipt of a verdict that was not refused. @pre repeated(), or an event has a reference
receipt receipt_of(const verdict& v);

} // namespace troupe
