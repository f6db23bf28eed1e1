#include "runtime/stores/postgres/socket_cut.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace troupe {

socket_cut::~socket_cut() {
  if (socket_ >= 0) ::close(socket_);
}

void socket_cut::watch(int socket) {
  const std::lock_guard<std::mutex> guard{mutex_};
  if (socket_ >= 0) ::close(socket_);
  socket_ = ::dup(socket);
}

void socket_cut::cut() {
  const std::lock_guard<std::mutex> guard{mutex_};
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

} // namespace troupe
