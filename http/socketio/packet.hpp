// Packets of Socket.IO 5 (`51-/signals,12["event",…]`) as text, and the strict reading of what
// clients send. JSON stays the text it came as; what events mean is not known here.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::socketio {

/// The values are the digits of the protocol.
enum class packet_type : std::uint8_t {
  connect,
  disconnect,
  event,
  ack,
  connect_error,
  binary_event,
  binary_ack
};

struct packet {
  packet_type type = packet_type::event;
  std::string nsp = "/";
  std::optional<std::uint64_t> id;
  std::size_t attachments = 0; // that follow as bytes
  std::string data;            // JSON; empty: none
};

inline constexpr std::size_t max_attachments = 16, max_json_depth = 32, max_arguments = 64,
                             max_namespace_bytes = 128;

/// A packet that a client may send. None when it is malformed, past a bound, or the server's alone.
/// An event's data is an array that begins with a name that is not reserved; placeholders name
/// attachments that exist.
std::optional<packet> parse_packet(std::string_view text);

/// As text, without the `4` of Engine.IO.
std::string to_text(const packet& p);

/// The elements of a JSON array as they were written. @pre `array` is a valid array
std::vector<std::string_view> elements_of(std::string_view array);

/// A JSON string decoded; none when it is something else.
std::optional<std::string> text_of(std::string_view json);

} // namespace troupe::socketio
