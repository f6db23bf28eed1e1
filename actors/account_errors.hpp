// What an account says when it cannot do what it was asked.
#pragma once
#include "messages/account_events.hpp"

#include <caf/error.hpp>

namespace troupe {

/// A refusal as an error, with its text.
caf::error error_of(refusal why);

/// True of refusals that no state of the account could change.
bool says_nothing_of_state(refusal why);

/// errc::busy.
caf::error too_busy();

/// errc::store_unavailable: it is not known whether the journal took it.
caf::error unavailable();

/// True of ends of an account that are part of normal life. The journal itself tells people when it
/// fails; while it does, every command would add a line.
bool is_expected(const caf::error& why);

} // namespace troupe
