// What becomes of each append of a batch, given what is stored: the order of refusals that every
// journal keeps, append after append. Only asked when a batch did not go in as it was; what is
// stored is found out by the journal.
#pragma once
#include "messages/errors.hpp"
#include "messages/journal.hpp"

#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe {

/// What is stored of the accounts and references that a batch names.
struct batch_facts {
  struct head {
    std::uint64_t version = 0;
    money balance;
  };
  std::unordered_map<account_id, head> heads;               // absent: there is no such account
  std::set<std::pair<account_id, reference_id>> references; // as key_of() has them

  /// How a reference of that account is entered: what is unique over all accounts without one.
  static std::pair<account_id, reference_id> key_of(const account_id& account,
                                                    const reference_id& reference);
};

/// One outcome for each append, as if they were written one after the other: none (it can be kept),
/// journal_stale, idempotency_conflict, validation_error (balances do not follow).
/// @pre why_refused(append) is empty for each
std::vector<errc> judge_batch(const std::vector<const account_append*>& appends, batch_facts facts);

} // namespace troupe
