// Who takes quotes. They stay on the node whose feed brought them; what other nodes hear are
// frames.
#pragma once
#include "messages/quote.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace troupe {

/// Takes quotes and never answers: a publisher, a recorder.
using quote_taker = caf::typed_actor<caf::reacts_to<quote>>;

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::quote)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::put_spreads)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::get_spreads)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::spread_row)
