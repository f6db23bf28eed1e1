// The sockets of a node to services outside: HTTP/1.1 over TCP or TLS, on one thread of their own,
// with kept-alive connections. Each service is a `wire_actor` that makes one attempt at a time per
// connection; when to attempt, repeat or hold back is actors/outbound's.
#pragma once
#include "actors/outbound.hpp"
#include "http/outbound/url.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <string>

namespace troupe {

struct wire_limits {
  std::size_t max_connections = 8; // past it outbound_errc::busy
  std::size_t max_header_bytes = 32u << 10;
  std::size_t max_body_bytes = 8u << 20;
  std::int64_t idle_timeout_ms = 30'000; // an unused connection is closed after it
};

class outbound_client {
public:
  /// TLS peers are verified against `authorities` (PEM), or the system's when it is empty. Throws
  /// std::runtime_error when these cannot be read.
  explicit outbound_client(caf::actor_system& system, const std::string& authorities = {});

  /// Answers what is under way with outbound_errc::stopped and closes all. May take as long as a
  /// name look-up that hangs. Destroy it before the actor system.
  ~outbound_client();
  outbound_client(const outbound_client&) = delete;
  outbound_client& operator=(const outbound_client&) = delete;

  /// The wire to one service. Connects when it is first asked. Before the destructor, any thread.
  wire_actor open(endpoint at, wire_limits limits = {});

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace troupe
