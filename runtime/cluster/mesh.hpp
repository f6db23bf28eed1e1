// Ways to all other nodes that live: dials those whose name is greater, is dialled by the others,
// notices who is gone, and tells who watches. What goes over a way is actors/cluster/peer; who
// lives is said by the membership.
#pragma once
#include "actors/cluster/peer.hpp"
#include "actors/log.hpp"
#include "runtime/cluster/door.hpp"
#include "runtime/cluster/peer_board.hpp"
#include "runtime/cluster/transport.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace troupe {

struct mesh_options {
  std::string address; // host:port to listen on; port 0: any free one
  cluster_transport transport;
  peer_options peers; // of each; name and figures are set here
  std::shared_ptr<peer_board> board = std::make_shared<peer_board>();
  door_limits door;
  log_sink log;
  std::function<double()> uniform;          // in [0, 1), for the jitter; none: seeded by the system
  std::chrono::milliseconds first_wait{50}; // for the next try to dial; doubled each time
  std::chrono::milliseconds longest_wait{1000};
  std::uint32_t protocol = cluster_protocol;
};

struct opened_mesh {
  mesh_actor handle;
  std::uint16_t port = 0;
  std::string error; // one line for people; empty: it listens
};

/// Listens at once; dials, and lets others in, once it has a cluster_view. Told to exit, it closes
/// its door and all ways. Blocks until it listens. @pre the system was made with a
/// cluster_transport
opened_mesh open_mesh(caf::actor_system& system, mesh_options options);

} // namespace troupe
