// What is asked of accounts beside their commands, and how money moves from one to another. Plain
// values; whom to ask is in messages/account_protocol.hpp.
#pragma once
#include "messages/account_events.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// An account as people see it.
struct account_view {
  account_id id;
  account_kind kind = account_kind::investment;
  product what = product::none;
  account_status status = account_status::pending_deposit;
  money balance, reserved; // what is reserved is part of the balance
  money equity;            // the balance: trades are booked when they are closed
  money high_water_mark;
  breaker_state breaker = breaker_state::closed;
  breaker_cause cause = breaker_cause::none;
  utc_ms until = 0; // the breaker is half-open from then on; 0: not by itself
  std::uint64_t version = 0;
  std::string agent_type, owner;
};

/// Answered from what is committed. With `as_of`: from the rows before the first that is later.
/// Errors: not_found; busy when too many replays are under way.
struct get_account {
  account_id account;
  std::optional<utc_ms> as_of;
};

/// Moves money between two accounts, exactly once, whoever dies in between. The transfer's id
/// follows from the reference; a repeat gets the same outcome. Refused before anything moved:
/// transfer_out's refusals, not_found when the receiver does not exist. Any 5xx: ask again, it may
/// be under way.
struct move_money {
  account_id from, to;
  reference_id reference; // the sender's key of idempotency
  money amount;           // > 0
  utc_ms at = 0;
};

struct transfer_outcome {
  transfer_id transfer;
  bool settled = false; // false: the receiver refused and the sender has its money back
  receipt out;          // of the sender's first step
};

/// Said by an account once money of its is on its way, and again whenever it is loaded meanwhile.
struct transfer_opened {
  account_id from;
  transfer_id transfer;
  account_id to;
  money amount;
};

/// A withdrawal that has not ended: it waits for an admin, or was approved and has not left.
struct waiting_withdrawal {
  std::uint64_t number = 0; // grows with every withdrawal; for pages
  withdrawal_id id;
  account_id account;
  money amount;
  bool approved = false;
  utc_ms at = 0; // of the reservation
};

/// Withdrawals with number > `after`, oldest first, as the journal has them. Errors: busy when too
/// many ask, store_unavailable.
struct get_withdrawals {
  std::uint64_t after = 0;
  std::uint32_t limit = 100; // 1 to 1000
};

/// What the registry of one group of shards holds.
struct accounts_status {
  std::uint64_t loaded = 0, loads = 0, passivated = 0;
  std::uint64_t failed = 0;  // accounts that ended by themselves and will be rebuilt
  std::uint64_t refused = 0; // commands answered busy because too many accounts were loaded
  std::uint64_t asleep = 0;  // of the loaded
  std::uint64_t woken = 0;
};
struct get_accounts_status {};

/// Whatever is in memory may be another node's by now: drop it. What is in flight ends as the
/// journal says; every account is read again before it answers. `shards`: only accounts of these;
/// empty: all.
struct forget_accounts {
  std::vector<std::uint16_t> shards;
};

} // namespace troupe
