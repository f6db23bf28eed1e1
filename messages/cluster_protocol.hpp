// Whom one speaks to about the cluster: who keeps the leases, who knows this node's standing, and
// the way to another node.
#pragma once
#include "messages/cluster_types.hpp"
#include "messages/journal_protocol.hpp"

namespace troupe {

/// Who owns what, for all nodes: one database. Answers in order. Errors beside those of the
/// messages: store_unavailable (whether it was done is not known).
using leases_actor = caf::typed_actor<caf::replies_to<join_cluster>::with<joined>,
                                      caf::replies_to<beat_node>::with<cluster_table>,
                                      caf::replies_to<take_shards>::with<shards_taken>,
                                      caf::replies_to<release_shards>::with<std::uint64_t>>;

/// A journal that is told which shards are its own. Before the first hold_shards, none are.
using owned_journal_actor = journal_actor::extend<caf::replies_to<hold_shards>::with<bool>,
                                                  caf::replies_to<drop_shards>::with<bool>>;

/// Keeps this node in the cluster: beats, takes shards and gives them up, and tells who watches how
/// it stands to each.
using membership_actor = caf::typed_actor<caf::reacts_to<watch_cluster>, caf::reacts_to<look_again>,
                                          caf::replies_to<leave_cluster>::with<bool>,
                                          caf::reacts_to<caf::tick_atom>>; // internal: time to beat

/// This node's end of the way to one other node. A call is answered when the other node has
/// answered it, or with an error in time; news are sent if there is room. It takes the other end's
/// parcels once each, and answers with credit.
using peer_actor =
    caf::typed_actor<caf::replies_to<remote_call>::with<remote_answer>,
                     caf::reacts_to<relayed_news>,
                     caf::reacts_to<look_again>, // passed on to the other node's membership
                     caf::replies_to<parcel>::with<parcel_taken>,
                     caf::reacts_to<caf::flush_atom>, // internal: what waits may leave
                     caf::reacts_to<caf::tick_atom>>; // internal: who waited too long is told

/// Keeps ways to the nodes that live: dials, notices who is gone, and tells who watches.
using mesh_actor = caf::typed_actor<caf::reacts_to<watch_peers>, caf::reacts_to<cluster_view_ptr>,
                                    caf::reacts_to<caf::tick_atom>>; // internal: time to dial

/// The door of a node: the only actor that is published to other nodes.
using node_root_actor = caf::typed_actor<caf::replies_to<node_hello>::with<node_welcome>>;

} // namespace troupe
