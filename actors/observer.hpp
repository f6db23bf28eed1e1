// Looks after the parts of a node at fixed intervals and keeps one picture of them, which health
// and metrics read without asking anybody. It mends nothing.
#pragma once
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace troupe {

/// How one part answered. `status`: "healthy", "degraded", "unhealthy".
struct part_health {
  std::string name;
  std::string status;
  double latency_ms = 0;
  std::string note;
};

/// The node as it was seen last.
struct node_snapshot {
  std::vector<part_health> parts;
  std::vector<symbol_status> symbols;
  std::vector<model_info> models;
  store_status store;
  feed_status feed;
};

/// Where the observer leaves its picture. Reading costs a reference count.
class snapshot_board {
public:
  std::shared_ptr<const node_snapshot> read() const;
  void put(std::shared_ptr<const node_snapshot> next);

private:
  mutable std::mutex guard_;
  std::shared_ptr<const node_snapshot> current_ = std::make_shared<node_snapshot>();
};

/// What is looked at.
struct observed_parts {
  store_actor store;
  feed_actor feed;
  trainer_actor trainer;
  std::vector<symbol_actor> symbols;
};

/// The sources check database and cache every 10 s; nothing here costs enough to be seen less
/// often.
inline constexpr auto observation_interval = std::chrono::seconds(10);

/// Looks at once and then at every interval.
caf::actor spawn_observer(caf::actor_system& system, observed_parts parts,
                          std::shared_ptr<snapshot_board> board);

} // namespace troupe
