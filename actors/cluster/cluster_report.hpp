// The cluster as one node sees it, gathered for people and metrics. Nothing is decided from it.
#pragma once
#include "messages/cluster.hpp"

#include <cstdint>
#include <vector>

namespace troupe {

/// The way to another node. Counts are since that way was made.
struct peer_report {
  node_name name;
  std::uint64_t calls = 0, answers = 0, failed = 0, served = 0, pending = 0;
  std::uint64_t parcels_sent = 0, parcels_taken = 0;
  std::uint64_t news_sent = 0, news_taken = 0, news_dropped = 0;
  double round_trip_ms = 0;
};

struct cluster_report {
  cluster_view_ptr view; // null: it has not joined yet
  bool leaving = false;
  std::int64_t lease_left_ms = 0; // 0: nothing is held
  std::vector<peer_report> peers; // nodes that can be reached now
  // Of commands to accounts: answered here, by another node, said again, and not answered in time.
  std::uint64_t here = 0, there = 0, repeated = 0, given_up = 0, waiting = 0;

  /// Shards that stand so to this node.
  std::size_t count(shard_standing how) const {
    std::size_t out = 0;
    if (view)
      for (const auto one : view->standing) out += one == how;
    return out;
  }
};

} // namespace troupe
