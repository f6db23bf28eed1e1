// What an external ML engine that trades for our accounts is told of them: which row of a journal
// becomes which notice. Decided row by row and from nothing but rows, so that whoever says it again
// after a crash says the same. How a notice is worded, sent and repeated is not here.
//
// Told are investment accounts only; wallets are no business of the engine's.
//   account_opened                          create, with the capital it starts with (0 too)
//   deposited, withdrawn, withdrawal_completed, transfer_reserved, transfer_credited,
//   transfer_returned                       capital in or out, with the balance after it
//   account_paused, breaker_opened          pause: whatever the cause, it must not trade
//   account_resumed                         resume, unless the breaker is open
//   breaker_half_opened, breaker_reset      resume, unless paused by hand
//   account_closed                          close; what is paid out with it goes without saying
// Not told: what the engine itself reported (trades, adjustments, performances, errors), amounts
// merely reserved or freed (they stay capital until they leave), transfer_settled and
// transfer_refused (nothing moved here), and breaker_closed (half open it trades already).
#pragma once
#include "messages/journal.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace troupe {

struct engine_notice {
  enum class verb : std::uint8_t { create, deposit, withdraw, pause, resume, close };

  verb what = verb::create;
  account_id account;
  std::string event_id; // "account:version": what makes saying it twice harmless
  product sold = product::none;
  std::string agent_type; // of create, like the product
  money amount;           // create: to begin with, >= 0; deposit, withdraw: > 0
  money balance_after;
};

/// What a row means hangs on these. The two flags are unknown until rows that tell were seen.
struct engine_facts {
  bool investment = false;
  std::optional<bool> paused_by_hand, breaker_open;

  /// Follows a row of the account. @pre those of rows before it were taken, or the flag is unknown
  void take(std::uint8_t kind);
};

/// True when rows of this kind may be told or change the facts; others need not be looked at.
bool may_concern_engine(std::uint8_t kind);

/// Of an account whose first row this is; both flags are known. None: the row is no opening.
std::optional<engine_facts> facts_of_opening(const journal_row& first);

/// True when a row of this kind cannot be judged before the flags are known.
bool lacks_history(std::uint8_t kind, const engine_facts& before);

/// None: the engine is not told. `before`: the facts without this row. Of an opening the payload is
/// read, of other rows kind, version and amounts are enough.
/// @pre !lacks_history(row.kind, before); an opening was taken by facts_of_opening()
std::optional<engine_notice> notice_of(const account_id& account, const journal_row& row,
                                       const engine_facts& before);

/// The id under which a row is told.
std::string event_id_of(const account_id& account, std::uint64_t version);

} // namespace troupe
