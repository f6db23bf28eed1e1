#include "models/account_proof.hpp"

#include "models/account/bytes.hpp"

#include <string>
#include <utility>

namespace troupe {

namespace {

// The column that does not say what its event says, or nothing.
const char* wrong_column(const journal_row& row) {
  const auto event = event_from_bytes(row.payload);
  if (!event) return "payload"; // the audit names this before
  const auto& moved = event->moved;
  if (row.version != event->version) return "version";
  if (row.at != event->at) return "at";
  if (row.reference != event->reference) return "reference";
  if (row.content != event->content) return "content";
  if (row.kind != event->what.index()) return "kind";
  if (row.contra != moved.contra) return "contra";
  if (row.amount != moved.amount) return "amount";
  if (row.balance_after != moved.balance_after) return "balance_after";
  if (row.reserved_after != event->reserved_after) return "reserved_after";
  return nullptr;
}

} // namespace

account_proof::account_proof(account_id account, stored_account stored)
    : audit_{std::move(account)}, stored_{std::move(stored)} {}

std::optional<audit_fault> account_proof::add(const journal_row& row) {
  if (auto fault = audit_.add(row.payload, row.hash)) return fault;
  const auto position = audit_.rows();
  if (const auto* column = wrong_column(row))
    return audit_fault{position, std::string{"its event says otherwise than column "} + column};
  if (position == stored_.snapshot_version
      && (stored_.snapshot_hash != audit_.head() || stored_.snapshot != audit_.state().to_bytes()))
    return audit_fault{position, "the snapshot is not the state after this row"};
  return std::nullopt;
}

std::optional<audit_fault> account_proof::end() const {
  const auto last = audit_.rows();
  const auto& state = audit_.state();
  if (stored_.version != last)
    return audit_fault{last + 1,
                       "the account is at version " + std::to_string(stored_.version)
                           + ", its journal ends with " + std::to_string(last)};
  if (stored_.balance != state.balance() || stored_.reserved != state.reserved())
    return audit_fault{last,
                       "the account holds " + to_string(stored_.balance) + " ("
                           + to_string(stored_.reserved) + " reserved), its journal leads to "
                           + to_string(state.balance()) + " (" + to_string(state.reserved()) + ")"};
  if (stored_.hash != audit_.head())
    return audit_fault{last, "the account's hash is not that of its last row"};
  if (stored_.snapshot_version > last)
    return audit_fault{last + 1, "the snapshot is newer than the journal"};
  return std::nullopt;
}

} // namespace troupe
