// Hashes passwords with argon2id (libsodium): each hasher is an actor on a thread of its own with
// one hash at a time, about 64 MiB and 50 to 100 ms of one core. How many may wait is their
// asker's.
#pragma once
#include "messages/user_protocol.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <vector>

namespace troupe {

/// What one hash costs. Hashes made at another cost stay good.
struct password_cost {
  unsigned long long operations = 2;
  std::size_t memory_bytes = 64u << 20;
};

/// Empty when libsodium cannot start. A password that cannot be hashed (no memory) answers
/// errc::busy.
std::vector<hasher_actor> spawn_hashers(caf::actor_system& system, std::size_t count,
                                        password_cost cost = {});

/// A hash that no password has, at that cost; empty when there is no memory for it.
secret_text hash_of_nothing(password_cost cost = {});

} // namespace troupe
