#include "runtime/cluster/endpoint.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace troupe {

std::optional<endpoint> read_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  endpoint out;
  out.host = text.substr(0, colon);
  const auto* first = text.data() + colon + 1;
  const auto* end = text.data() + text.size();
  const auto [at, failed] = std::from_chars(first, end, out.port);
  if (failed != std::errc{} || at != end) return std::nullopt;
  if (out.host.front() == '[') {
    if (out.host.size() < 3 || out.host.back() != ']') return std::nullopt;
    out.host = out.host.substr(1, out.host.size() - 2);
  } else if (out.host.find(':') != std::string::npos) {
    return std::nullopt;
  }
  return out;
}

std::string to_string(const endpoint& where) {
  const bool v6 = where.host.find(':') != std::string::npos;
  return (v6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

bool is_loopback(const endpoint& where) {
  return where.host == "localhost" || where.host == "::1" || where.host.rfind("127.", 0) == 0;
}

std::string await_socket(int socket, bool to_write, std::chrono::steady_clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
  pollfd waiting{socket, static_cast<short>(to_write ? POLLOUT : POLLIN), 0};
  const auto ready = left.count() > 0 ? ::poll(&waiting, 1, static_cast<int>(left.count())) : 0;
  if (ready == 0) return "no answer";
  return ready < 0 ? std::strerror(errno) : "";
}

int connect_to(const endpoint& where, std::chrono::steady_clock::time_point until,
               std::string& why) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto port = std::to_string(where.port);
  if (const int failed = ::getaddrinfo(where.host.c_str(), port.c_str(), &hints, &found)) {
    why = ::gai_strerror(failed);
    return -1;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> hold{found, ::freeaddrinfo};
  why = "no address";
  for (auto* a = found; a; a = a->ai_next) {
    const int socket = ::socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    why.clear();
    if (socket < 0 || (::connect(socket, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS))
      why = std::strerror(errno);
    if (why.empty()) why = await_socket(socket, true, until);
    int failed = 0;
    socklen_t size = sizeof failed;
    if (why.empty() && ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &failed, &size) == 0 && failed)
      why = std::strerror(failed);
    if (why.empty()) return socket;
    if (socket >= 0) ::close(socket);
  }
  return -1;
}

} // namespace troupe
