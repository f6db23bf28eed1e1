// Who takes quotes, and who keeps what became of them. They stay on the node whose feed brought
// them; what other nodes hear are frames.
#pragma once
#include "messages/protocol.hpp"
#include "messages/quote.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace troupe {

/// Takes quotes and never answers: a publisher, a recorder.
using quote_taker = caf::typed_actor<caf::reacts_to<quote>>;

/// A store of the market as one who keeps spreads sees it. What is kept once stays; errors as
/// store_actor's.
using spread_store_actor = caf::typed_actor<caf::replies_to<put_spreads>::with<put_receipt>,
                                            caf::replies_to<get_spreads>::with<spread_row>>;

/// Every store of the market.
using market_store_actor = store_actor::extend<caf::replies_to<put_spreads>::with<put_receipt>,
                                               caf::replies_to<get_spreads>::with<spread_row>>;

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::quote)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::put_spreads)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::get_spreads)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::spread_row)
