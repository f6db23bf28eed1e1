// What a node knows of the users that are connected to it: one session for each socket of a user,
// in each namespace of Socket.IO. Plain values without CAF. How sockets send is the edge's; a
// session holds who, what is heard and from where on, and can be ended.
#pragma once
#include "messages/user.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// Who is connected, from where and how.
struct session_info {
  std::string id; // names it to operators; given by the registry
  user_id user;
  std::string family; // of refresh tokens: the login it came with
  user_role role = user_role::user;
  user_plan plan = user_plan::free;
  utc_ms since = 0, expires_at = 0; // the token's
  std::string address;
  std::string kind; // "websocket", "socketio:/" or "socketio:/signals"
};

/// A channel that is heard, and the number of its newest event when that was said.
struct topic_position {
  std::string channel;
  std::uint64_t seq = 0;
};

/// A socket's number on the io thread that owns it.
using socket_number = std::uint64_t;

/// All that a session hears by now. Said when it changes and now and then, at most once a second.
struct session_heard {
  std::vector<topic_position> topics;
};
/// The socket is gone.
struct close_session {};

/// Ends the sessions of a login, or of all logins of a user when `family` is empty. Who comes with
/// a token of an ended login afterwards is turned away.
struct end_sessions {
  user_id user;
  std::string family;
  std::string reason; // for the client
};
struct end_session {
  std::string reason;
};

/// An operator changed a user: sessions go on as that.
struct user_changed {
  user_id user;
  user_role role = user_role::user;
  user_plan plan = user_plan::free;
};

/// What a session tells its socket: that it is another now, or over.
struct socket_order {
  socket_number socket = 0;
  bool end = false;
  std::string reason; // of the end
  user_role role = user_role::user;
  user_plan plan = user_plan::free;
};

inline constexpr std::uint32_t max_session_page = 500;

/// Sessions in the order of their ids, after that one.
struct get_sessions {
  std::string after;
  std::uint32_t limit = 100; // 1 to max_session_page
};
struct session_page {
  std::uint64_t sessions = 0, users = 0; // connected in all
  std::vector<session_info> page;
};
/// Error: not_found.
struct get_session {
  std::string id;
};
struct session_view {
  session_info who;
  std::vector<topic_position> topics;
};

} // namespace troupe
