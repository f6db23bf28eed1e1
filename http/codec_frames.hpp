// The frames of the real-time interface (SPEC §4) as plain WebSocket sends them: JSON text with the
// frame header already before it, encoded once for everyone.
#pragma once
#include "http/response.hpp"
#include "messages/signal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

std::string signals_channel(const symbol_name& symbol);     // signals:BTCUSDT
std::string predictions_channel(const symbol_name& symbol); // predictions:BTCUSDT
std::string ticker_channel(const symbol_name& symbol);      // ticker:BTCUSDT

/// A whole unmasked WebSocket frame (RFC 6455 §5.2) with FIN set. `opcode` 1 is text.
std::string websocket_frame(std::string_view payload, unsigned opcode = 1);

/// What websocket_frame() was made of. @pre `framed` was made by it
std::string_view payload_of(std::string_view framed);

/// `{"event":…,"channel":…,"seq":…,"data":…,"timestamp":…}` framed. `data` is JSON.
shared_text event_frame(std::string_view event, std::string_view channel, std::uint64_t seq,
                        std::string_view data, std::int64_t at_us);

/// The payload of a `signal` event around the signal's own JSON.
std::string signal_payload(const signal& what, std::string_view encoded);

shared_text subscribed_frame(std::string_view channel, std::uint64_t seq);
shared_text unsubscribed_frame(std::string_view channel);
/// Frames `from` to `to` will not come; what follows is newer.
shared_text gap_frame(std::string_view channel, std::uint64_t from, std::uint64_t to);
shared_text error_frame(std::string_view code, std::string_view message);

/// What a client may say on a plain WebSocket.
struct socket_command {
  enum class kind { subscribe, unsubscribe } op = kind::subscribe;
  std::string channel;
  bool has_since = false;
  std::uint64_t since = 0;
};

/// Empty when understood, else what is wrong with it, for the client.
std::string parse_command(std::string_view text, socket_command& out);

} // namespace troupe
