// Which node should own which shard, and what one node does next to get there: as evenly as 256
// shards divide, with as few of them moved as that allows, and the same answer on every node that
// reads the same table. Knows no clock: who lives is in the table. That nobody serves what another
// owns is the leases' business and the membership's, not decided here.
#pragma once
#include "messages/cluster.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace troupe {

inline constexpr std::uint16_t no_node = 0xffff;

/// For each shard the index into table.nodes of who should own it; no_node: nobody can.
using shard_targets = std::array<std::uint16_t, shard_count>;

/// Shards are divided among those who live, do not leave, have an address and speak `protocol`.
/// Where there is none of these, a living node without address gets them, if no other living node
/// owns any. What a living node owns that is not one of them (it runs alone) stays with it.
shard_targets targets_of(const cluster_table& table, std::uint32_t protocol = cluster_protocol);

/// What a node does now, given what it read.
struct ownership_step {
  std::vector<std::uint16_t> take; // free, or its own of an earlier start
  std::vector<std::uint16_t> give; // its own, for another that lives
};

/// Nothing while `me` is not in the table as `incarnation`, alive. At most `most` shards of all
/// are on their way from one living node to another at a time, as far as this node can tell; one
/// that leaves gives everything at once.
ownership_step next_step(const cluster_table& table, const node_name& me, std::uint64_t incarnation,
                         std::size_t most = 64);

} // namespace troupe
