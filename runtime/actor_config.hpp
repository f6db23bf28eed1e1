// CAF's own settings as the house wants them (HOUSE §7), in one place for every command.
#pragma once
#include <caf/actor_system_config.hpp>

#include <cstddef>

namespace troupe {

class actor_config : public caf::actor_system_config {
public:
  /// `threads`: of the scheduler that runs actors. `clustered`: with CAF's connections to other
  /// nodes, which a node alone does not load.
  explicit actor_config(std::size_t threads, bool clustered = false);
};

} // namespace troupe
