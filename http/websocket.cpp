#include "http/websocket.hpp"

#include "http/codec_frames.hpp"
#include "http/json_text.hpp"

#include <algorithm>
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace troupe {

namespace {

constexpr unsigned op_continuation = 0, op_text = 1, op_binary = 2, op_close = 8, op_ping = 9,
                   op_pong = 10;
constexpr std::size_t max_control = 125;

unsigned byte_at(const std::string& s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

bool may_be_sent(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
      || (code >= 3000 && code <= 4999);
}

} // namespace

bool websocket_reader::fail(close_code why) {
  failed_ = true;
  why_ = why;
  return false;
}

// Grows as more of the header is known: 2 bytes, the long length, the mask.
std::size_t websocket_reader::header_size() const {
  if (header_.size() < 2) return 2;
  const unsigned length = byte_at(header_, 1) & 0x7f;
  return 2u + (length == 126 ? 2u : length == 127 ? 8u : 0u) + 4u;
}

// No extension was agreed on, so the reserved bits are 0; clients mask.
bool websocket_reader::well_formed_start() const {
  return (byte_at(header_, 0) & 0x70) == 0 && (byte_at(header_, 1) & 0x80) != 0;
}

bool websocket_reader::begin_frame() {
  const unsigned first = byte_at(header_, 0), second = byte_at(header_, 1);
  final_ = (first & 0x80) != 0;
  opcode_ = first & 0x0f;
  left_ = second & 0x7f;
  const std::size_t length_bytes = left_ == 126 ? 2 : left_ == 127 ? 8 : 0;
  if (length_bytes > 0) {
    left_ = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) left_ = left_ << 8 | byte_at(header_, 2 + i);
    if (left_ < 126 || (length_bytes == 8 && left_ <= 0xffff))
      return fail(close_code::protocol_error); // not the shortest form
  }
  for (std::size_t i = 0; i < 4; ++i)
    mask_[i] = static_cast<unsigned char>(header_[2 + length_bytes + i]);
  mask_at_ = 0;
  header_.clear();
  in_payload_ = true;
  if (is_control()) {
    if (opcode_ > op_pong || !final_ || left_ > max_control)
      return fail(close_code::protocol_error);
    control_.clear();
    return true;
  }
  if (opcode_ > op_binary) return fail(close_code::protocol_error);
  if ((opcode_ == op_continuation) != in_message_) return fail(close_code::protocol_error);
  if (opcode_ == op_binary && !binary_) return fail(close_code::unsupported_data);
  if (opcode_ != op_continuation) in_binary_ = opcode_ == op_binary;
  if (left_ > max_message_ || message_.size() + left_ > max_message_)
    return fail(close_code::too_big);
  in_message_ = true;
  return true;
}

bool websocket_reader::end_close(websocket_events& to) {
  closed_ = true;
  if (control_.empty()) {
    to.on_close(close_code::no_status);
    return true;
  }
  if (control_.size() == 1) return fail(close_code::protocol_error);
  const unsigned code = byte_at(control_, 0) << 8 | byte_at(control_, 1);
  if (!may_be_sent(code)) return fail(close_code::protocol_error);
  if (!valid_utf8(std::string_view{control_}.substr(2))) return fail(close_code::invalid_text);
  to.on_close(static_cast<close_code>(code));
  return true;
}

bool websocket_reader::end_frame(websocket_events& to) {
  in_payload_ = false;
  switch (opcode_) {
  case op_close: return end_close(to);
  case op_ping: to.on_ping(control_); return true;
  case op_pong: to.on_pong(); return true;
  default: break;
  }
  if (!final_) return true;
  in_message_ = false;
  if (in_binary_) {
    to.on_binary(message_);
  } else {
    if (!valid_utf8(message_)) return fail(close_code::invalid_text);
    to.on_text(message_);
  }
  message_.clear();
  return true;
}

bool websocket_reader::feed(std::string_view bytes, websocket_events& to) {
  while (!failed_ && !closed_) {
    if (!in_payload_) {
      const auto wanted = header_size() - header_.size();
      const auto take = std::min(wanted, bytes.size());
      header_.append(bytes.substr(0, take));
      bytes.remove_prefix(take);
      if (header_.size() == 2 && !well_formed_start()) return fail(close_code::protocol_error);
      if (header_.size() < header_size()) {
        if (bytes.empty()) return true;
        continue;
      }
      if (!begin_frame()) return false;
    }
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    auto& payload = is_control() ? control_ : message_;
    for (std::size_t i = 0; i < take; ++i)
      payload += static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ mask_[mask_at_++ & 3]);
    bytes.remove_prefix(take);
    left_ -= take;
    if (left_ > 0) return true;
    if (!end_frame(to)) return false;
  }
  return !failed_;
}

std::string websocket_accept(std::string_view key) {
  unsigned char raw[24];
  if (key.size() != 24 || key.substr(22) != "==") return {};
  if (EVP_DecodeBlock(raw, reinterpret_cast<const unsigned char*>(key.data()), 24) != 18) return {};
  const auto text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char out[32];
  const int size = EVP_EncodeBlock(out, digest, SHA_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

std::string close_frame(close_code code, std::string_view reason) {
  std::string payload;
  if (code != close_code::no_status) {
    payload += static_cast<char>(static_cast<unsigned>(code) >> 8);
    payload += static_cast<char>(static_cast<unsigned>(code) & 0xff);
    payload.append(reason.substr(0, max_control - 2));
  }
  return websocket_frame(payload, op_close);
}

} // namespace troupe
