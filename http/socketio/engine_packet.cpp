#include "http/socketio/engine_packet.hpp"

#include "http/json_text.hpp"

#include <openssl/evp.h>

namespace troupe::socketio {

namespace {

std::optional<engine_packet> parse_polled(std::string_view text) {
  if (text.empty() || text.front() != 'b') return parse_engine_packet(text);
  auto bytes = from_base64(text.substr(1));
  if (!bytes) return std::nullopt;
  return engine_packet{engine_type::binary, std::move(*bytes)};
}

} // namespace

std::optional<engine_packet> parse_engine_packet(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '6') return std::nullopt;
  return engine_packet{static_cast<engine_type>(text.front() - '0'), std::string{text.substr(1)}};
}

std::optional<std::vector<engine_packet>> parse_payload(std::string_view body) {
  std::vector<engine_packet> out;
  for (;;) {
    if (out.size() == max_payload_packets) return std::nullopt;
    const auto end = body.find(payload_separator);
    auto packet = parse_polled(body.substr(0, end));
    if (!packet) return std::nullopt;
    out.push_back(std::move(*packet));
    if (end == body.npos) return out;
    body.remove_prefix(end + 1);
  }
}

std::string to_text(engine_type type, std::string_view data) {
  if (type == engine_type::binary) return "b" + to_base64(data);
  std::string out(1, static_cast<char>('0' + static_cast<int>(type)));
  return out.append(data);
}

std::string_view frame_payload(std::string_view frame) {
  const auto length = static_cast<unsigned char>(frame[1]);
  return frame.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

bool is_binary_frame(std::string_view frame) { return (frame[0] & 0x0f) == 2; }

std::string to_base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(&out[0]),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return std::string{};
  const auto padding = text.size() - (text.find_last_not_of('=') + 1);
  // OpenSSL would skip white space around it and takes padding anywhere.
  if (padding > 2 || text.find_first_of("= \t\r\n-") < text.size() - padding) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(&out[0]),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string to_json(const engine_hello& hello) {
  std::string out = "{";
  append_field(out, "sid", hello.sid);
  append_key(out, "upgrades");
  out += hello.upgrade ? R"(["websocket"])" : "[]";
  append_key(out, "pingInterval");
  append_integer(out, hello.ping_interval_ms);
  append_key(out, "pingTimeout");
  append_integer(out, hello.ping_timeout_ms);
  append_key(out, "maxPayload");
  append_integer(out, static_cast<std::int64_t>(hello.max_payload_bytes));
  return out += '}';
}

} // namespace troupe::socketio
