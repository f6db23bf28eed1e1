// Trainings and promotions as a node's clients see them, wherever a symbol runs: what concerns one
// symbol is asked of its owner's trainer, what concerns all of every node's. Only an owner trains
// and promotes; here is only the way to it.
#pragma once
#include "actors/cluster/symbol_board.hpp"
#include "messages/cluster_protocol.hpp"
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <chrono>

namespace troupe {

/// Told cluster views (watch_cluster) and ways to other nodes (watch_peers). What symbols and the
/// clock say is passed to this node's trainer. A symbol that nobody has, or whose owner cannot be
/// reached, is answered errc::busy at once.
using trainer_door_actor =
    trainer_actor::extend<caf::reacts_to<cluster_view_ptr>, caf::reacts_to<peer_changed>>;

/// `timeout`: of another node's answer; those that give none are missing in what concerns all.
trainer_door_actor spawn_trainer_door(caf::actor_system& system, trainer_actor local,
                                      caf::timespan timeout = std::chrono::seconds{5});

/// Who of this node answers what another asks about a symbol (remote_part::symbol): its trainer
/// what concerns models, else the symbol where it runs here; null: nobody.
caf::actor answerer_of(const remote_call& call, const symbol_board& board,
                       const trainer_actor& trainer);

} // namespace troupe
