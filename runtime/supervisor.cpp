#include "runtime/supervisor.hpp"

#include "runtime/cluster/endpoint.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace troupe {

namespace {

std::int64_t number_of(const char* text) {
  std::int64_t out = 0;
  if (text) std::from_chars(text, text + std::strlen(text), out);
  return out;
}

} // namespace

supervisor supervisor::of_environment() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  const char* whose = std::getenv("WATCHDOG_PID");
  const bool ours = !whose || number_of(whose) == ::getpid();
  const auto watchdog = ours ? number_of(std::getenv("WATCHDOG_USEC")) : 0;
  return supervisor{socket ? socket : "", std::chrono::microseconds{watchdog}};
}

// A datagram that gets lost is no reason to stop.
void supervisor::say(const std::string& words) const {
  sockaddr_un to{};
  if (socket_.empty() || socket_.size() >= sizeof to.sun_path) return;
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, socket_.data(), socket_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
  const int from = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (from < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)!::sendto(from, words.data(), words.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&to), size);
  ::close(from);
}

bool answers(const std::string& host, std::uint16_t port, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  std::string why;
  const int socket = connect_to({host, port}, until, why);
  if (socket < 0) return false;
  constexpr std::string_view question =
      "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  constexpr std::string_view expected = "HTTP/1.1 200";
  char heard[expected.size()];
  std::size_t size = 0;
  bool well = ::send(socket, question.data(), question.size(), MSG_NOSIGNAL)
      == static_cast<ssize_t>(question.size());
  while (well && size < expected.size()) {
    well = await_socket(socket, false, until).empty();
    const auto got = well ? ::recv(socket, heard + size, sizeof heard - size, 0) : 0;
    well = got > 0;
    size += well ? static_cast<std::size_t>(got) : 0;
  }
  ::close(socket);
  return well && std::string_view{heard, size} == expected;
}

} // namespace troupe
