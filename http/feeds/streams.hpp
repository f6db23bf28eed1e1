// The sockets of live feeds: WebSocket over TLS, certificates verified, on one thread of their own.
// Each provider's address is a `stream_actor`. Pings are answered and what is silent is pinged; a
// connection that does not answer, or is cut, is closed and said. What the texts mean, and when to
// connect again, is the feed's.
#pragma once
#include "actors/feeds/stream.hpp"
#include "http/outbound/url.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace troupe {

struct stream_limits {
  std::int64_t connect_ms = 10'000; // and as long again for each handshake
  /// Without a byte for half of it the peer is pinged, after all of it the connection ends.
  std::int64_t idle_ms = 20'000;
  std::size_t max_text_bytes = 1u << 20;
  std::size_t max_unsent_bytes = 1u << 20; // past it the connection ends
  std::int64_t max_unread_texts = 10'000;  // at the feed; the socket rests while so many wait
};

/// Reads `wss://host:port/prefix`. Nothing when it is no such address.
std::optional<endpoint> parse_stream_address(std::string_view url);

class stream_client {
public:
  /// As outbound_client: `authorities` in PEM, or the system's when empty; throws
  /// std::runtime_error when these cannot be read.
  explicit stream_client(caf::actor_system& system, const std::string& authorities = {});

  /// Closes all, silently. Destroy it before the actor system.
  ~stream_client();
  stream_client(const stream_client&) = delete;
  stream_client& operator=(const stream_client&) = delete;

  /// The port to one provider. Before the destructor, any thread.
  stream_actor open(endpoint at, stream_limits limits = {});

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace troupe
