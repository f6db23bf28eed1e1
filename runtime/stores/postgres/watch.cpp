#include "runtime/stores/postgres/watch.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe {

pg_watch::pg_watch(int socket)
    : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)), thread_([this] { run(); }) {}

pg_watch::~pg_watch() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
  if (socket_ >= 0) ::close(socket_);
}

// A thread that has a time to wake at looks again then, and needs no telling before: in a stream of
// short answers it wakes once per limit, not twice per answer.
void pg_watch::begin(std::chrono::milliseconds limit) {
  const std::lock_guard lock{mutex_};
  deadline_ = steady::now() + limit;
  if (asleep_) changed_.notify_one();
}

bool pg_watch::end() {
  const std::lock_guard lock{mutex_};
  deadline_.reset();
  return shut_;
}

void pg_watch::run() {
  std::unique_lock lock{mutex_};
  while (!ending_) {
    asleep_ = !deadline_;
    if (!deadline_) {
      changed_.wait(lock);
    } else if (const auto until = *deadline_; until > steady::now()) {
      changed_.wait_until(lock, until);
    } else {
      shut_ = true;
      deadline_.reset();
      ::shutdown(socket_, SHUT_RDWR);
    }
  }
}

} // namespace troupe
