// Whom one speaks to about connected users: the registry that knows them all, the one session, and
// who tells them of their accounts. What each message promises is in messages/session.hpp and
// messages/account_news.hpp.
#pragma once
#include "messages/session_types.hpp"

#include <caf/typed_actor.hpp>

namespace troupe {

/// One socket of a user. Ends when the socket is gone.
using session_actor =
    caf::typed_actor<caf::reacts_to<session_heard>, caf::reacts_to<close_session>,
                     caf::reacts_to<end_session>, caf::reacts_to<user_changed>,
                     caf::replies_to<get_session>::with<session_view>,
                     caf::reacts_to<caf::tick_atom>>; // internal: an order was not obeyed yet

/// All connected users of a node.
using sessions_actor = caf::typed_actor<caf::replies_to<register_session>::with<session_opened>,
                                        caf::reacts_to<end_sessions>, caf::reacts_to<user_changed>,
                                        caf::replies_to<get_sessions>::with<session_page>,
                                        caf::replies_to<get_session>::with<session_view>>;

/// Told of the first socket of a user and of the last that is gone.
using users_watcher = caf::typed_actor<caf::reacts_to<user_connected>, caf::reacts_to<user_left>>;

/// Finds out what becomes of connected users' accounts.
using account_news_actor =
    caf::typed_actor<caf::reacts_to<user_connected>, caf::reacts_to<user_left>,
                     caf::reacts_to<caf::tick_atom>>; // internal: the next look

/// Brings it to them.
using account_news_taker =
    caf::typed_actor<caf::reacts_to<user_connected>, caf::reacts_to<account_changed>,
                     caf::reacts_to<trade_told>, caf::reacts_to<user_forgotten>>;

} // namespace troupe
