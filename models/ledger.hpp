// The books: double entry over all accounts, and the hash chain that holds each account's events in
// their order. Reads events and proves; where they are kept and who may append is not known here.
#pragma once
#include "messages/account_events.hpp"
#include "models/account.hpp"
#include "models/sha256.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// One side of a movement: a book gains `amount`.
struct ledger_leg {
  std::string_view book; // the account's id or the house account's name
  money amount;
};

/// Both sides: they sum to zero. Views into `account`.
std::array<ledger_leg, 2> legs_of(const account_id& account, const posting& p);

/// Totals of all books. Held as gains and losses per book, so that they prove something: the sum is
/// taken over what was entered, not assumed.
class trial_balance {
public:
  /// False, and nothing entered, when a total would pass 128 bits or a movement has no other side.
  [[nodiscard]] bool add(const posting& p);
  /// Enters a book's total as some store summed it: of a house account, or (`none`) of all others.
  [[nodiscard]] bool add_total(house_account book, money total);

  money accounts() const { return totals_[0]; } // of all accounts but the house's
  money of(house_account house) const { return totals_[static_cast<std::size_t>(house)]; }
  /// Over all books; zero, or the books are wrong. None past 128 bits.
  std::optional<money> sum() const;

private:
  std::array<money, 5> totals_{}; // at `none`: the accounts
};

/// Any 256-bit hash of two texts as if they were one.
using hash_function = digest (*)(std::string_view first, std::string_view second);

/// Where an account's chain begins: binds its events to its id.
digest chain_start(const account_id& account, hash_function hash = sha256);
/// The hash that is stored with an event: of the one before and the event's canonical bytes.
digest chain_next(const digest& previous, std::string_view event, hash_function hash = sha256);

/// What is wrong with an account's journal, and where.
struct audit_fault {
  std::uint64_t position = 0; // of the row, from 1: the version it should have
  std::string what;
};

/// Walks one account's journal from its first row: bytes, chain, versions, balances.
class journal_audit {
public:
  explicit journal_audit(account_id account, hash_function hash = sha256);

  /// The next row as it is stored. After a fault the same one is said again.
  std::optional<audit_fault> add(std::string_view event, const digest& stored);

  /// The account as its rows make it. @pre no fault
  const account& state() const { return state_; }
  const trial_balance& books() const { return books_; }
  std::uint64_t rows() const { return rows_; }
  const digest& head() const { return head_; }

private:
  std::optional<audit_fault> fault(std::string what);

  hash_function hash_;
  account state_;
  trial_balance books_;
  digest head_;
  std::uint64_t rows_ = 0;
  std::optional<audit_fault> fault_;
};

} // namespace troupe
