// What a node has heard of the cluster last, for those who ask without waiting: health, metrics,
// operators. And the one who says something to all other nodes at once.
#pragma once
#include "messages/cluster_protocol.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace troupe {

/// Any thread.
class cluster_board {
public:
  cluster_view_ptr view() const;        // null: none yet
  std::vector<node_name> peers() const; // that can be reached now, ascending

  void put(cluster_view_ptr next);
  void put(std::vector<node_name> peers);

private:
  mutable std::mutex guard_;
  cluster_view_ptr view_;
  std::vector<node_name> peers_;
};

/// To be told each cluster_view_ptr and peer_changed. look_again and relayed_news are passed on to
/// every node that can be reached.
using cluster_watch_actor =
    caf::typed_actor<caf::reacts_to<cluster_view_ptr>, caf::reacts_to<peer_changed>,
                     caf::reacts_to<look_again>, caf::reacts_to<relayed_news>>;

/// Ends with an exit message. Throws std::invalid_argument without a board.
cluster_watch_actor spawn_cluster_watch(caf::actor_system& system,
                                        std::shared_ptr<cluster_board> board);

} // namespace troupe
