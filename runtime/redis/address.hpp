// Where a Redis is, as REDIS_URL gives it.
#pragma once
#include <cstdint>
#include <string>

namespace troupe {

struct redis_address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string user, password; // empty: none
  std::uint32_t database = 0;

  /// `redis://host:port/0`: for people and logs, without user and password.
  std::string location() const;
};

/// Reads `redis://[[user]:password@]host[:port][/database]`, percent-encoded. Returns what is wrong
/// with it, for people and without quoting it (it may hold a password), or nothing.
std::string read_redis_address(const std::string& url, redis_address& out);

} // namespace troupe
