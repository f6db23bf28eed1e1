#include "runtime/stores/file_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace troupe {

std::optional<file_lock> file_lock::take(const std::string& path, std::string& error) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    error = "cannot lock " + path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  file_lock lock{descriptor};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    char holder[32] = {};
    const auto bytes = ::read(descriptor, holder, sizeof holder - 1);
    error = why != EWOULDBLOCK ? "cannot lock " + path + ": " + std::strerror(why)
                               : "in use by another process"
            + (bytes > 0 ? " (pid " + std::string{holder} + ")" : "") + ": it holds " + path;
    return std::nullopt;
  }
  // The number is for people only; the lock does not depend on it.
  const auto pid = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) != 0
      || ::write(descriptor, pid.data(), pid.size()) != static_cast<ssize_t>(pid.size())) {
    error = "cannot write " + path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  return lock;
}

file_lock::~file_lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

file_lock::file_lock(file_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

} // namespace troupe
