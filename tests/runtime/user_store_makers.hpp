// The user stores a test program asks the conformance suite of: each program defines its own list.
#pragma once
#include "actors/user_store.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troupe {

struct user_store_maker {
  std::string kind;
  std::function<user_store_actor(caf::actor_system&, const temporary_folder&)> make;
};

const std::vector<user_store_maker>& user_store_makers();

} // namespace troupe
