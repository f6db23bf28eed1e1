// Keeps the shards' lease: takes it when it is free, beats for it, notices that it is gone. On a
// thread and connection of its own, so that neither a commit nor a busy scheduler delays a beat.
// What follows from its news is the journal's.
#pragma once
#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace troupe {

struct lease_options {
  std::string url, node;
  std::int64_t lease_ms = 3000;
  std::uint64_t term = 0; // it is held with when it starts; 0: it is not
};

/// Asked with this, a keeper answers with its next lease_news: at once when there is one unseen.
struct next_lease_news {};

struct lease_news {
  enum class kind : std::uint8_t {
    held,    // with `term`, above the one before when it was lost in between
    another, // somebody else holds it
    away     // not known: the database does not answer
  };
  kind what = kind::away;
  std::uint64_t term = 0;                      // the epoch it was taken with
  std::chrono::steady_clock::time_point asked; // the lease lasts lease_ms from here at least
  std::string words;                           // of a failure, for people
};

/// Tells a keeper that the lease was found to be another's.
struct lease_is_lost {};

/// Makes a held lease end now; answered with true when done. Nothing is kept after it.
struct release_lease {};

/// Acts every third of lease_ms.
caf::actor spawn_lease_keeper(caf::actor_system& system, const lease_options& options);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::next_lease_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::lease_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::lease_is_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::release_lease)
