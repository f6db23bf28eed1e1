// One process at a time: an advisory lock on a file beside the one it guards. The kernel lets go of
// it however the process ends, so a crash leaves nothing to clean up. Not for network file systems.
#pragma once
#include <optional>
#include <string>

namespace troupe {

class file_lock {
public:
  /// Takes the lock on `path` (made when absent, never deleted), or says who has it.
  static std::optional<file_lock> take(const std::string& path, std::string& error);
  ~file_lock();
  file_lock(file_lock&& other) noexcept;
  file_lock& operator=(file_lock&&) = delete;

private:
  explicit file_lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

} // namespace troupe
