// A Lua script that Redis runs as one, called by its hash.
#pragma once
#include "runtime/redis/value.hpp"

#include <string>

namespace troupe {

class redis_script {
public:
  explicit redis_script(std::string text);

  /// `EVALSHA hash`, or (when Redis does not know it) `EVAL text`: keys and arguments follow.
  redis_words call(bool by_hash) const;

private:
  std::string text_, hash_;
};

/// Whether a call by hash was refused because Redis does not know the script.
bool script_unknown(const redis_value& answer);

} // namespace troupe
