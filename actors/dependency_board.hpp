// Where each service outside hangs out its newest state, for those who show it (health, metrics)
// and cannot wait for an actor. It holds, it decides nothing.
#pragma once
#include "messages/outbound.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

namespace troupe {

/// Any thread. One row per name, in the order of first appearance.
class dependency_board {
public:
  void post(dependency_status status) {
    std::lock_guard<std::mutex> lock{guard_};
    const auto row = std::find_if(rows_.begin(), rows_.end(),
                                  [&](const auto& r) { return r.name == status.name; });
    if (row == rows_.end())
      rows_.push_back(std::move(status));
    else
      *row = std::move(status);
  }

  std::vector<dependency_status> read() const {
    std::lock_guard<std::mutex> lock{guard_};
    return rows_;
  }

private:
  mutable std::mutex guard_;
  std::vector<dependency_status> rows_;
};

} // namespace troupe
