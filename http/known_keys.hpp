// Users' keys that were good a moment ago, so that programs do not ask the store with every
// request. A key that is revoked on this node is forgotten at once, on others within known_key_ms.
#pragma once
#include "messages/user.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe {

inline constexpr utc_ms known_key_ms = 10 * second_ms;

/// Whether a key may be a user's at all: it begins as ours do and is not too long.
bool is_user_key(std::string_view key);

/// May be used by many threads at once. Keeps digests of the keys, never the keys.
class known_keys {
public:
  static constexpr std::size_t max_keys = 8192;

  std::optional<key_owner> find(std::string_view key, utc_ms now);

  /// Grows with every forget(): what was asked before is not to be remembered after it.
  std::uint64_t generation() const;
  /// Remembers an answer to what was asked in that generation.
  void put(std::string_view key, const key_owner& owner, utc_ms now, std::uint64_t asked_in);
  void forget(const std::string& key_id);

private:
  struct entry {
    key_owner owner;
    utc_ms at = 0;
  };

  mutable std::mutex guard_;
  std::unordered_map<std::string, entry> keys_; // by digest; emptied when it is full
  std::uint64_t generation_ = 0;
};

} // namespace troupe
