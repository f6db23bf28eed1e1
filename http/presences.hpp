// The sockets of users on one io thread, as the registry of sessions knows them: announces each,
// says now and then what it hears, and brings the registry's orders to it. Without a registry
// nothing is announced. Used on its thread only.
#pragma once
#include "http/hub.hpp"
#include "http/identity.hpp"
#include "http/reply_port.hpp"
#include "messages/session_protocol.hpp"

#include <chrono>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe {

/// What becomes of a socket by order. Called on its thread, not while the hub walks.
struct presence_events {
  std::function<void(std::string_view reason)> ended;
  std::function<void(user_role role, user_plan plan)> changed;
};

class presences {
public:
  using time_point = std::chrono::steady_clock::time_point;

  presences(sessions_actor registry, reply_port& port, const hub& channels)
      : registry_(std::move(registry)), port_(port), channels_(channels) {}

  /// A socket of a user is there. The number names it until leave().
  socket_number enter(const identity& who, std::string_view kind, std::string_view address,
                      utc_ms now, presence_events events);
  /// It hears other channels than before.
  void changed(socket_number who);
  /// Once a second or so: tells the session what is heard when that is due.
  void look(socket_number who, time_point now, const std::vector<std::string>& heard);
  void leave(socket_number who);

  void obey(const socket_order& order);

private:
  struct entry {
    session_info who;
    presence_events events;
    session_actor session; // null: not answered yet
    bool asked = false, stale = true;
    time_point told_at{};
  };

  void announce(socket_number number, entry& one);
  void answered(socket_number number, const caf::expected<session_opened>& opened);

  const sessions_actor registry_; // may be null
  reply_port& port_;
  const hub& channels_;
  std::unordered_map<socket_number, entry> entries_;
  socket_number last_ = 0;
};

} // namespace troupe
