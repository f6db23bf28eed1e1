// The HTTP and WebSocket server: N io threads, each with its own acceptor, connections, reply port
// and hub, so that nothing is shared on the hot path. Routes and actors come from outside; TLS is
// a proxy's.
#pragma once
#include "http/gateway.hpp"
#include "http/guard.hpp"
#include "http/reply_port.hpp"
#include "http/router.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

struct server_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 3001; // 0: the system chooses
  std::size_t io_threads = 1;

  std::size_t max_header_bytes = 16 * 1024; // 431 past it
  std::size_t max_body_bytes = 64 * 1024;   // 413 past it
  std::size_t max_connections = 10'000;     // of all threads; 503 past it
  std::chrono::seconds header_timeout{10}, body_timeout{20}, idle_timeout{75};
  std::chrono::seconds handling_timeout{30}, write_timeout{30};

  std::size_t socket_message_bytes = 4096;
  std::size_t socket_queue_bytes = 1 << 20, socket_queue_frames = 4096; // past either: closed
  std::size_t socket_channels = 1000;
  std::chrono::seconds ping_interval{20}, silence_limit{60};
  // Engine.IO: 20 s to the ping and 40 s for its answer are the silence that ends a plain socket.
  // A poll waits for the ping, so the interval must stay below handling_timeout.
  std::chrono::milliseconds engine_ping_interval{20'000}, engine_ping_timeout{40'000};
  std::chrono::milliseconds engine_upgrade_timeout{10'000}, engine_connect_timeout{20'000};
  // Engine.IO sessions without a valid token yet: of one address, and in all; 429 past either.
  std::size_t strangers_per_address = 64, max_strangers = 2048;
  std::size_t engine_payload_bytes = 64 * 1024;  // of one message; a POST is also a body
  std::chrono::milliseconds peer_interval{1000}; // between looks at time limits, 50 ms at least

  int send_buffer_bytes = 0; // of the kernel, per connection; 0: its own choice

  std::vector<std::string> cors_origins;    // exact origins, or `*`; empty: own origin only
  std::vector<std::string> trusted_proxies; // addresses whose X-Forwarded-For counts
  guard_limits guard;
  port_limits port_bounds;
};

class server {
public:
  server(caf::actor_system& system, server_options options,
         std::vector<route> table = all_routes());
  /// Stops at once if stop() was not called.
  ~server();

  /// Where publishers push to, one per io thread. Valid before start(); what is pushed before is
  /// kept, the newest up to its bound.
  std::vector<caf::actor> ports() const;

  struct outcome {
    std::uint16_t port = 0; // bound, when there is no error
    std::string error;      // for people, names the address
  };
  /// Takes the port, so that a used one is refused before anything else is made. Who connects
  /// waits until start(). At most once.
  outcome bind();
  /// Binds unless bind() has, and serves. Once.
  outcome start(gateway gate);

  /// Accepts no more, lets requests in flight end, closes sockets with 1001 `server shutdown`.
  /// What is left at the deadline is cut off. True when nothing had to be.
  bool stop(std::chrono::milliseconds deadline);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace troupe
