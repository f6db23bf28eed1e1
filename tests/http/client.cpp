#include "client.hpp"

#include "http/request.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace troupe::test {

std::string answer::header(std::string_view name) const {
  for (auto& [key, value] : headers)
    if (same_name(key, name)) return value;
  return {};
}

std::uint16_t ws_frame::close_code() const {
  if (payload.size() < 2) return 0;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8
                                    | static_cast<unsigned char>(payload[1]));
}

client::client(std::uint16_t port, int receive_buffer) {
  fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
  timeval limit{5, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (receive_buffer > 0)
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

client::~client() {
  if (fd_ >= 0) ::close(fd_);
}

bool client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool client::fill() {
  char chunk[16384];
  const auto n = ::recv(fd_, chunk, sizeof chunk, 0);
  if (n <= 0) return false;
  buffer_.append(chunk, static_cast<std::size_t>(n));
  return true;
}

std::string client::read_some() {
  if (buffer_.empty()) fill();
  return std::exchange(buffer_, {});
}

bool client::at_end() {
  if (!buffer_.empty()) return false;
  char byte;
  return ::recv(fd_, &byte, 1, 0) == 0;
}

answer client::read_answer(bool head_only) {
  answer out;
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return out;
  const auto head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  out.status = std::stoi(head.substr(9, 3));
  for (auto at = head.find("\r\n") + 2; at < head.size();) {
    const auto stop = head.find("\r\n", at);
    const auto colon = head.find(": ", at);
    out.headers.emplace_back(head.substr(at, colon - at), head.substr(colon + 2, stop - colon - 2));
    at = stop + 2;
  }
  const auto length = out.header("Content-Length");
  const std::size_t size = length.empty() || head_only ? 0 : std::stoul(length);
  while (buffer_.size() < size)
    if (!fill()) return {};
  out.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return out;
}

answer client::get(std::string_view path, std::string_view extra) {
  send("GET " + std::string{path} + " HTTP/1.1\r\nHost: t\r\nX-API-Key: secret\r\n"
       + std::string{extra} + "\r\n");
  return read_answer();
}

answer client::say(std::string_view method, std::string_view path, std::string_view body,
                   std::string_view headers) {
  send(std::string{method} + ' ' + std::string{path} + " HTTP/1.1\r\nHost: t\r\n"
       + std::string{headers} + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"
       + std::string{body});
  return read_answer();
}

answer client::post(std::string_view path, std::string_view body, std::string_view extra) {
  send("POST " + std::string{path} + " HTTP/1.1\r\nHost: t\r\nX-API-Key: secret\r\n"
       + std::string{extra} + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"
       + std::string{body});
  return read_answer();
}

bool client::upgrade(std::string_view path, std::string_view extra) {
  send("GET " + std::string{path}
       + " HTTP/1.1\r\nHost: t\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
       + std::string{extra} + "\r\n");
  const auto a = read_answer();
  return a.status == 101 && a.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
}

std::optional<ws_frame> client::read_frame() {
  const auto need = [this](std::size_t n) {
    while (buffer_.size() < n)
      if (!fill()) return false;
    return true;
  };
  if (!need(2)) return std::nullopt;
  std::size_t size = static_cast<unsigned char>(buffer_[1]) & 0x7f, at = 2;
  const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (!need(at + more)) return std::nullopt;
  if (more > 0) size = 0;
  for (std::size_t i = 0; i < more; ++i)
    size = size << 8 | static_cast<unsigned char>(buffer_[at++]);
  if (!need(at + size)) return std::nullopt;
  ws_frame out{static_cast<unsigned>(buffer_[0]) & 15u, buffer_.substr(at, size)};
  buffer_.erase(0, at + size);
  return out;
}

bool client::send_frame(std::string_view payload, unsigned opcode) {
  return send(client_frame(payload, opcode));
}

std::string client_frame(std::string_view payload, unsigned opcode, bool fin) {
  const unsigned char mask[4] = {0x12, 0x34, 0x56, 0x78};
  std::string out;
  out += static_cast<char>((fin ? 0x80u : 0u) | opcode);
  const auto n = payload.size();
  if (n < 126) {
    out += static_cast<char>(0x80u | n);
  } else {
    out += static_cast<char>(0x80u | (n <= 0xffff ? 126u : 127u));
    for (int i = n <= 0xffff ? 1 : 7; i >= 0; --i) out += static_cast<char>(n >> (8 * i) & 0xff);
  }
  out.append(reinterpret_cast<const char*>(mask), 4);
  for (std::size_t i = 0; i < n; ++i)
    out += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i & 3]);
  return out;
}

} // namespace troupe::test
