// Where a node of the cluster is reached, as the setting cluster.address and the database say it.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace troupe {

struct endpoint {
  std::string host;       // a name or an address, IPv6 without brackets
  std::uint16_t port = 0; // 0: any free one, to listen on
};

/// Reads `host:port` or `[address]:port`; nothing when it is neither.
std::optional<endpoint> read_endpoint(const std::string& text);

std::string to_string(const endpoint& where);

/// Whether nobody outside this machine reaches it. By its spelling: a name but localhost is not.
bool is_loopback(const endpoint& where);

/// A connected socket, non-blocking; below zero: none, and `why` says so. Blocks until the time.
int connect_to(const endpoint& where, std::chrono::steady_clock::time_point until,
               std::string& why);

/// Waits until a socket may be read, or written. Returns what is wrong, or nothing.
std::string await_socket(int socket, bool to_write, std::chrono::steady_clock::time_point until);

} // namespace troupe
