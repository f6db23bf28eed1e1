// The sums over a whole ledger, read on a connection and thread of their own: a scan of ten million
// rows takes seconds, which no commit may wait for.
#pragma once
#include "messages/journal_protocol.hpp"
#include "runtime/stores/sqlite_db.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <string>

namespace troupe {

using totals_actor = caf::typed_actor<caf::replies_to<get_trial_balance>::with<ledger_totals>>;

/// Reads what is committed when it begins. Errors: store_unavailable.
totals_actor spawn_totals_reader(caf::actor_system& system, const std::string& path,
                                 std::uint32_t busy_timeout_ms, bool detached);

/// False after a failure of `db`.
bool read_totals(sqlite_db& db, ledger_totals& out);

} // namespace troupe
