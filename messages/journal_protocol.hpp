// Whom an account's journal is: any actor that speaks this. What each message promises is in
// messages/journal.hpp.
#pragma once
#include "messages/journal_types.hpp"

namespace troupe {

/// Keeps accounts' journals. Answers after the commit, in the order of the requests from each
/// sender. A question sees at least everything that was sent before it.
/// Errors beside those of an append: validation_error (bounds, changes nothing), store_unavailable
/// (the disk refuses: nothing of the request was kept), busy (the queue is full).
using journal_actor =
    caf::typed_actor<caf::replies_to<account_append>::with<appended>,
                     caf::replies_to<load_account>::with<stored_account>,
                     caf::replies_to<get_journal>::with<std::vector<journal_row>>,
                     caf::replies_to<find_reference>::with<std::vector<journal_row>>,
                     caf::replies_to<get_trial_balance>::with<ledger_totals>,
                     caf::replies_to<get_account_ids>::with<std::vector<account_id>>,
                     caf::replies_to<put_dead_letter>::with<std::uint64_t>, // its id
                     caf::replies_to<get_dead_letters>::with<std::vector<dead_letter>>,
                     caf::replies_to<mark_replayed>::with<bool>, // false: unknown, or marked before
                     caf::replies_to<get_outbox>::with<std::vector<outbox_row>>,
                     caf::replies_to<put_outbox_cursor>::with<std::uint64_t>,   // as it stands now
                     caf::replies_to<get_outbox_cursor>::with<std::uint64_t>,   // 0: never put
                     caf::replies_to<get_journal_status>::with<journal_status>, // at once
                     caf::reacts_to<caf::flush_atom>>; // internal: commits what is queued

} // namespace troupe
