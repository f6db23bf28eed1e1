// The stores a test program asks the conformance suite of: each program defines its own list.
#pragma once
#include "messages/protocol.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troupe {

struct store_maker {
  std::string kind; // as its status says
  std::function<store_actor(caf::actor_system&, const temporary_folder&)> make;
};

const std::vector<store_maker>& store_makers();

} // namespace troupe
