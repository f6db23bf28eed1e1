// The idempotency keys of users' commands that are under way at this node, so that a repeat is told
// IN_PROGRESS at once instead of waiting with the first. It guards nothing: that a key takes effect
// once, here and at other nodes, is the accounts' doing.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

namespace troupe {

/// Used by all io threads. Holds at most one key for each connection.
class keys_in_flight : public std::enable_shared_from_this<keys_in_flight> {
public:
  /// The key is under way as long as what is returned lives. Null: it is under way already.
  std::shared_ptr<void> take(const std::string& user, const std::string& key);

private:
  struct part {
    std::mutex guard;
    std::unordered_set<std::string> names;
  };
  std::array<part, 16> parts_; // so that threads seldom wait for one another
};

} // namespace troupe
