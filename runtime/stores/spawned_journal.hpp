// What spawning a journal gives, whichever store it is on.
#pragma once
#include "messages/journal_protocol.hpp"

#include <string>

namespace troupe {

struct spawned_journal {
  journal_actor handle; // null after a failure
  std::string error;    // one line for people
};

} // namespace troupe
