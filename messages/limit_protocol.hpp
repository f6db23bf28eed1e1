// Who counts what users ask for: any actor that speaks this.
#pragma once
#include "messages/limit_types.hpp"

namespace troupe {

/// Answers at once or when its store has; it has no errors of its own: where the store is away it
/// counts by itself.
using limiter_actor =
    caf::typed_actor<caf::replies_to<take_allowance>::with<allowance_left>,
                     caf::replies_to<get_usage>::with<usage_report>, caf::reacts_to<give_back>>;

/// Who counts tries. Answers as promptly, and has no errors of its own either.
using tries_actor = caf::typed_actor<caf::replies_to<take_try>::with<utc_ms>>;

} // namespace troupe
