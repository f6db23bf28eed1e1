// Ends a blocking call on a connection from another thread: a server that neither answers nor goes
// away would hold its caller for ever.
#pragma once
#include <mutex>

namespace troupe {

class socket_cut {
public:
  socket_cut() = default;
  ~socket_cut();
  socket_cut(const socket_cut&) = delete;
  socket_cut& operator=(const socket_cut&) = delete;

  /// Whose calls cut() ends from now on: a descriptor of its own is made.
  void watch(int socket);
  /// Shuts the watched socket down in both directions. Harmless when it is closed already.
  void cut();

private:
  std::mutex mutex_;
  int socket_ = -1;
};

} // namespace troupe
