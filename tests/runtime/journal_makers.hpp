// The journals a test program asks the conformance suite of: each program defines its own list.
#pragma once
#include "messages/journal_protocol.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troupe {

struct journal_maker {
  std::string kind; // as its status says
  std::function<journal_actor(caf::actor_system&, const temporary_folder&)> make;
};

const std::vector<journal_maker>& journal_makers();

} // namespace troupe
