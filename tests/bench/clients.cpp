#include "clients.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace bench {

namespace {

int connect_loopback(std::uint16_t port) {
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect");
  const int on = 1;
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return s;
}

void send_all(int s, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = send(s, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) throw std::runtime_error("cannot send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// A masked text frame with a zero mask: the payload stays readable.
std::string masked(std::string_view text) {
  std::string out = "\x81";
  if (text.size() < 126) {
    out += static_cast<char>(0x80 | text.size());
  } else {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(text.size() >> 8);
    out += static_cast<char>(text.size() & 0xff);
  }
  out.append(4, '\0');
  return out += text;
}

} // namespace

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

clients::clients(const std::vector<client_plan>& plans, on_text heard) : heard_(std::move(heard)) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = UINT64_MAX;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
  for (auto& plan : plans) {
    connection c;
    c.socket = connect_loopback(plan.port);
    send_all(c.socket,
             "GET /ws/" + plan.first_symbol
                 + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: "
                   "websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-API-Key: "
                 + plan.api_key + "\r\n\r\n");
    std::array<char, 65536> chunk;
    while (c.buffer.find("\r\n\r\n") == std::string::npos) {
      const auto n = recv(c.socket, chunk.data(), chunk.size(), 0);
      if (n <= 0) throw std::runtime_error("closed during the handshake");
      c.buffer.append(chunk.data(), static_cast<std::size_t>(n));
    }
    if (c.buffer.compare(0, 12, "HTTP/1.1 101") != 0)
      throw std::runtime_error("refused: " + c.buffer.substr(0, 80));
    c.buffer.erase(0, c.buffer.find("\r\n\r\n") + 4);
    for (auto& channel : plan.subscribes)
      send_all(c.socket, masked("{\"op\":\"subscribe\",\"channel\":\"" + channel + "\"}"));
    event.data.u64 = connections_.size();
    epoll_ctl(epoll_, EPOLL_CTL_ADD, c.socket, &event);
    connections_.push_back(std::move(c));
  }
  reader_ = std::thread{[this] { read_all(); }};
}

clients::~clients() {
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) == sizeof one && reader_.joinable()) reader_.join();
  for (auto& c : connections_) close(c.socket);
  close(epoll_);
  close(wake_);
}

void clients::read_all() {
  std::array<epoll_event, 256> events;
  std::vector<char> chunk(1 << 18);
  for (;;) {
    const int n = epoll_wait(epoll_, events.data(), events.size(), -1);
    for (int i = 0; i < n; ++i) {
      const auto index = events[static_cast<std::size_t>(i)].data.u64;
      if (index == UINT64_MAX) return;
      auto& c = connections_[index];
      const auto got = recv(c.socket, chunk.data(), chunk.size(), 0);
      const auto at = now_ns();
      if (got <= 0) {
        epoll_ctl(epoll_, EPOLL_CTL_DEL, c.socket, nullptr);
        continue;
      }
      c.buffer.append(chunk.data(), static_cast<std::size_t>(got));
      take_frames(index, at);
    }
  }
}

// Servers send unmasked frames; everything but text is passed over.
void clients::take_frames(std::size_t index, std::int64_t at_ns) {
  auto& b = connections_[index].buffer;
  std::size_t at = 0;
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(b[at + i]); };
  while (b.size() - at >= 2) {
    std::size_t head = 2, length = byte(1) & 0x7f;
    if (length == 126) head = 4;
    if (length == 127) head = 10;
    if (b.size() - at < head) break;
    if (head > 2) {
      length = 0;
      for (std::size_t i = 2; i < head; ++i) length = length << 8 | byte(i);
    }
    if (b.size() - at < head + length) break;
    if ((byte(0) & 0x0f) == 1) heard_(index, std::string_view{b}.substr(at + head, length), at_ns);
    at += head + length;
  }
  b.erase(0, at);
}

} // namespace bench
