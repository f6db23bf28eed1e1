// Where an account lives: a pure function of its id, the same on every node and for ever, since
// journals keep it.
#pragma once
#include "messages/journal.hpp"
#include "models/fnv.hpp"

namespace troupe {

/// 0 to shard_count - 1.
inline std::uint32_t shard_of(const account_id& account) {
  return static_cast<std::uint32_t>(fnv1a{}.add(account).value() % shard_count);
}

} // namespace troupe
