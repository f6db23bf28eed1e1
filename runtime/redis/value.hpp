// What is said to a Redis and what it answers, as values that actors may carry. They stay on the
// node that made them.
#pragma once
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// A command and its arguments, each any bytes.
using redis_words = std::vector<std::string>;

/// One command whose answer is awaited.
struct redis_command {
  redis_words words;
};

/// Commands nobody waits for. Dropped, and counted, when Redis is away or too much is under way.
struct redis_post {
  std::vector<redis_words> commands;
};

/// `refused`: what Redis says instead of an answer, its words in `text`.
struct redis_value {
  enum class kind : std::uint8_t { none, integer, text, list, refused };
  kind is = kind::none;
  std::int64_t number = 0;
  std::string text;
  std::vector<redis_value> list;
};

/// The connection to a Redis. Errors: errc::store_unavailable (away; nobody knows whether it was
/// done), errc::busy (too much is under way; it was not).
using redis_actor =
    caf::typed_actor<caf::replies_to<redis_command>::with<redis_value>, caf::reacts_to<redis_post>>;

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::redis_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::redis_post)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::redis_value)
