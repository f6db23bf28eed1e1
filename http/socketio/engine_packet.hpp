// Packets of Engine.IO 4 as bytes: one packet a WebSocket message, or several joined by 0x1e in the
// body of a polling request. Knows no session and no socket; Socket.IO's packets are packet.hpp's.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::socketio {

/// The values are the digits of the protocol; `binary` has none and is a message of bytes.
enum class engine_type : std::uint8_t { open, close, ping, pong, message, upgrade, noop, binary };

struct engine_packet {
  engine_type type = engine_type::noop;
  std::string data; // decoded when binary
};

inline constexpr char payload_separator = '\x1e';
/// What the default bound of a message lets through: stock clients count bytes only.
inline constexpr std::size_t max_payload_packets = 32 * 1024;

/// A text message of a WebSocket. None when its type is unknown.
std::optional<engine_packet> parse_engine_packet(std::string_view text);

/// The body of a polling POST; a `b` starts bytes in base64. None when a packet of it is malformed,
/// there is none, or there are more than max_payload_packets.
std::optional<std::vector<engine_packet>> parse_payload(std::string_view body);

/// One packet as text: `4hello`; bytes become `b` and base64.
std::string to_text(engine_type type, std::string_view data = {});

/// The payload of an unmasked server frame that is whole, without its header.
std::string_view frame_payload(std::string_view frame);
/// Whether that frame is of bytes.
bool is_binary_frame(std::string_view frame);

std::string to_base64(std::string_view bytes);
/// None when it is not padded standard base64.
std::optional<std::string> from_base64(std::string_view text);

/// What the server says first (SPEC §4). `upgrade`: to WebSocket is possible. Times in ms.
struct engine_hello {
  std::string sid;
  bool upgrade = false;
  std::int64_t ping_interval_ms = 0, ping_timeout_ms = 0;
  std::size_t max_payload_bytes = 0;
};
/// The JSON of an open packet.
std::string to_json(const engine_hello& hello);

} // namespace troupe::socketio
