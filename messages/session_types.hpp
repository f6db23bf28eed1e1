// Sessions' messages, and what users are told, as CAF sees them: type ids and every `inspect`.
#pragma once
#include "messages/account_news.hpp"
#include "messages/cache_protocol.hpp" // whose numbers end where these begin
#include "messages/session.hpp"
#include "messages/user_types.hpp"

#include <caf/actor_control_block.hpp>

namespace troupe {

/// A user's socket is there. `owner` takes socket_order. Asked again for the same socket it is
/// answered with the same session. Error: unauthorized when that login has ended.
struct register_session {
  session_info who;
  socket_number socket = 0;
  caf::strong_actor_ptr owner;
};
struct session_opened {
  std::string id;
  caf::strong_actor_ptr session; // a session_actor
};

template<class F>
typename F::result_type inspect(F& f, session_info& x) {
  return f(caf::meta::type_name("session_info"), x.id, x.user, x.family, x.role, x.plan, x.since,
           x.expires_at, x.address, x.kind);
}

template<class F>
typename F::result_type inspect(F& f, topic_position& x) {
  return f(caf::meta::type_name("topic_position"), x.channel, x.seq);
}

template<class F>
typename F::result_type inspect(F& f, session_heard& x) {
  return f(caf::meta::type_name("session_heard"), x.topics);
}

template<class F>
typename F::result_type inspect(F& f, close_session&) {
  return f(caf::meta::type_name("close_session"));
}

template<class F>
typename F::result_type inspect(F& f, end_sessions& x) {
  return f(caf::meta::type_name("end_sessions"), x.user, x.family, x.reason);
}

template<class F>
typename F::result_type inspect(F& f, end_session& x) {
  return f(caf::meta::type_name("end_session"), x.reason);
}

template<class F>
typename F::result_type inspect(F& f, user_changed& x) {
  return f(caf::meta::type_name("user_changed"), x.user, x.role, x.plan);
}

template<class F>
typename F::result_type inspect(F& f, socket_order& x) {
  return f(caf::meta::type_name("socket_order"), x.socket, x.end, x.reason, x.role, x.plan);
}

template<class F>
typename F::result_type inspect(F& f, get_sessions& x) {
  return f(caf::meta::type_name("get_sessions"), x.after, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, session_page& x) {
  return f(caf::meta::type_name("session_page"), x.sessions, x.users, x.page);
}

template<class F>
typename F::result_type inspect(F& f, get_session& x) {
  return f(caf::meta::type_name("get_session"), x.id);
}

template<class F>
typename F::result_type inspect(F& f, session_view& x) {
  return f(caf::meta::type_name("session_view"), x.who, x.topics);
}

template<class F>
typename F::result_type inspect(F& f, register_session& x) {
  return f(caf::meta::type_name("register_session"), x.who, x.socket, x.owner);
}

template<class F>
typename F::result_type inspect(F& f, session_opened& x) {
  return f(caf::meta::type_name("session_opened"), x.id, x.session);
}

template<class F>
typename F::result_type inspect(F& f, user_connected& x) {
  return f(caf::meta::type_name("user_connected"), x.user);
}

template<class F>
typename F::result_type inspect(F& f, user_left& x) {
  return f(caf::meta::type_name("user_left"), x.user);
}

template<class F>
typename F::result_type inspect(F& f, account_changed& x) {
  return f(caf::meta::type_name("account_changed"), x.user, x.now);
}

template<class F>
typename F::result_type inspect(F& f, trade_told& x) {
  if constexpr (std::is_same_v<typename F::result_type, caf::error>) {
    if (auto e = f(x.user, x.account, x.version, x.at)) return e;
    return fields(field_inspector<F>{f}, x.trade);
  } else {
    return f(caf::meta::type_name("trade_told"), x.user, x.account, x.version, x.at);
  }
}

template<class F>
typename F::result_type inspect(F& f, user_forgotten& x) {
  return f(caf::meta::type_name("user_forgotten"), x.user);
}

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_sessions, caf::id_block::troupe_cache::end)
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::session_info))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::topic_position))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::session_heard))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::close_session))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::end_sessions))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::end_session))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::user_changed))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::socket_order))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::get_sessions))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::session_page))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::get_session))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::session_view))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::register_session))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::session_opened))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::user_connected))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::user_left))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::account_changed))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::trade_told))
CAF_ADD_TYPE_ID(troupe_sessions, (troupe::user_forgotten))
CAF_END_TYPE_ID_BLOCK(troupe_sessions)
