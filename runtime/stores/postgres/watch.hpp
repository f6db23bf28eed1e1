// Ends the wait for an answer that does not come: libpq itself waits for ever on a server that is
// there but silent (stopped, or its machine frozen). One thread per session, asleep but for the
// deadlines that pass.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace troupe {

class pg_watch {
public:
  /// Watches over a connected socket, by a descriptor of its own.
  explicit pg_watch(int socket);
  ~pg_watch();
  pg_watch(const pg_watch&) = delete;
  pg_watch& operator=(const pg_watch&) = delete;

  /// From now on the socket has `limit`; when that passes before end(), both its directions are
  /// shut, and whoever reads from it sees the connection lost.
  void begin(std::chrono::milliseconds limit);
  /// True when the socket was shut.
  bool end();

private:
  using steady = std::chrono::steady_clock;
  void run();

  int socket_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<steady::time_point> deadline_; // of the answer that is waited for
  bool asleep_ = true;                         // without a time to wake at
  bool shut_ = false, ending_ = false;
  std::thread thread_; // last: it uses all of the above
};

} // namespace troupe
