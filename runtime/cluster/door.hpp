// The door of a node towards other nodes: lets in who proves to be one and hands the connection to
// CAF's broker. Strangers are kept on a thread of its own, few at a time and for a short time, so
// that they cost nodes nothing. What is said inside is runtime/cluster/mesh.
#pragma once
#include "actors/log.hpp"
#include "messages/cluster_protocol.hpp"
#include "runtime/cluster/endpoint.hpp"
#include "runtime/cluster/tls.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace troupe {

struct door_limits {
  std::size_t knocking = 64;                  // past it the one that knocks longest is sent away
  std::chrono::milliseconds patience{3000};   // with one that knocks
  std::chrono::milliseconds say_every{10000}; // lines about strangers
};

/// Listens; nobody is let in yet.
class listener {
public:
  /// Returns what is wrong, one line for people, or nothing. `plain` anywhere but on loopback is
  /// refused.
  std::string open(const endpoint& where, bool plain);
  ~listener();
  listener() = default;
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  int socket() const { return socket_; }
  std::uint16_t port() const { return port_; }

private:
  int socket_ = -1;
  std::uint16_t port_ = 0;
};

class cluster_door {
public:
  /// Whoever is let in finds `root`. `tls` null: everybody is let in. @pre the system has CAF's
  /// middleman
  cluster_door(caf::actor_system& system, std::shared_ptr<const listener> at, tls_context tls,
               const node_root_actor& root, log_sink log, door_limits limits = {});
  /// Sends away who knocks; who is in stays.
  ~cluster_door();

private:
  class porter;
  std::unique_ptr<porter> porter_;
};

} // namespace troupe
