// Whoever started this process and wants to hear how it is, as systemd does of a Type=notify unit:
// that it serves, that it stops, and, at the pace it asks for, that it still answers.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace troupe {

class supervisor {
public:
  /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment. Without the first,
  /// nobody wants to hear anything.
  static supervisor of_environment();

  explicit supervisor(std::string socket = {}, std::chrono::microseconds watchdog = {})
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  void ready(const std::string& status) const { say("READY=1\nSTATUS=" + status); }
  void stopping() const { say("STOPPING=1\nSTATUS=draining"); }
  void alive() const { say("WATCHDOG=1"); }

  /// How often alive() is to be said: half of what it waits. 0: never.
  std::chrono::microseconds pace() const {
    return socket_.empty() ? decltype(watchdog_){} : watchdog_ / 2;
  }

private:
  void say(const std::string& words) const;

  std::string socket_; // a path, or an abstract name behind @
  std::chrono::microseconds watchdog_;
};

/// Whether this process answers an HTTP request for /health/live in time: sockets, their threads
/// and the routes behind them. Blocks for so long at most, looking up a name apart.
bool answers(const std::string& host, std::uint16_t port, std::chrono::milliseconds patience);

} // namespace troupe
