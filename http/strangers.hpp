// How many Engine.IO sessions may wait for somebody to vouch for them: a handshake needs no token,
// so a flood of them is bounded by address and in all. Shared by all io threads.
#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace troupe {

/// Must not outlive who gave it.
using stranger_place = std::shared_ptr<const void>;

class strangers {
public:
  strangers(std::size_t per_address, std::size_t in_all)
      : per_address_(per_address), in_all_(in_all) {}

  /// A place for as long as it is held; null when there is none.
  stranger_place enter(const std::string& address);

private:
  void leave(const std::string& address);

  const std::size_t per_address_, in_all_;
  std::mutex guard_;
  std::unordered_map<std::string, std::size_t> waiting_; // by address
  std::size_t count_ = 0;
};

} // namespace troupe
