// A Redis of the tests' own: on a free port of loopback, with nothing on disk, and gone afterwards.
// The server is never one that is there already.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace troupe::test {

class redis_server {
public:
  /// `options`: more words for redis-server. A failed test when it does not start.
  explicit redis_server(std::vector<std::string> options = {});
  ~redis_server();
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

  /// SIGKILL: what it held is gone.
  void stop();
  /// On the same port, empty.
  bool start();
  /// SIGSTOP and SIGCONT: it answers nobody, yet its sockets stay open.
  void freeze();
  void thaw();

private:
  std::vector<std::string> options_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

} // namespace troupe::test
