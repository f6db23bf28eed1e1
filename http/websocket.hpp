// The receiving half of RFC 6455 for a server, fed with bytes as they come, and the small parts of
// the protocol that need no socket. Outgoing frames are made by codec_frames, sent by socket.cpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// Codes of RFC 6455 §7.4 that we send.
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  no_status = 1005, // only ever said to us, by a close without a code
  invalid_text = 1007,
  policy_violation = 1008,
  too_big = 1009,
  try_later = 1013,
  token_ended = 4401, // ours: the access token expired, or its session was ended
};

/// Who is told what came in. Views are valid during the call.
class websocket_events {
public:
  virtual ~websocket_events() = default;
  virtual void on_text(std::string_view message) = 0;
  virtual void on_binary(std::string_view) {} // only from a reader that takes it
  virtual void on_ping(std::string_view payload) = 0;
  virtual void on_pong() = 0;
  virtual void on_close(close_code code) = 0; // the last event
};

enum class takes : std::uint8_t { text, text_and_binary };

/// Puts frames together. Takes messages up to `max_message` bytes; refuses bytes with 1003 unless
/// they are wanted.
class websocket_reader {
public:
  explicit websocket_reader(std::size_t max_message, takes what = takes::text)
      : max_message_(max_message), binary_(what == takes::text_and_binary) {}

  /// False when the peer broke the protocol: then why() says how and nothing more is taken.
  bool feed(std::string_view bytes, websocket_events& to);

  close_code why() const { return why_; }
  bool closed() const { return closed_; }

private:
  bool fail(close_code why);
  bool begin_frame();
  bool end_frame(websocket_events& to);
  bool end_close(websocket_events& to);
  std::size_t header_size() const;
  bool well_formed_start() const;
  bool is_control() const { return (opcode_ & 8) != 0; }

  std::size_t max_message_;
  bool binary_;                   // messages of bytes are taken
  bool in_binary_ = false;        // the message that is being read is one
  std::string header_;            // of the frame that is being read, while incomplete
  std::string message_, control_; // unmasked payloads
  std::uint64_t left_ = 0;        // of the frame's payload
  std::uint32_t mask_at_ = 0;
  unsigned char mask_[4] = {};
  unsigned opcode_ = 0;
  bool final_ = false, in_payload_ = false, in_message_ = false;
  bool closed_ = false, failed_ = false;
  close_code why_ = close_code::normal;
};

/// `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`; empty when the key is not 16 bytes in base64.
std::string websocket_accept(std::string_view key);

/// A close frame. `reason` at most 123 bytes.
std::string close_frame(close_code code, std::string_view reason);

} // namespace troupe
