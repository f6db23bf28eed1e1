// The leases as a database keeps them: who joined, until when each lives, and whose each shard is.
// The rules of `leases_actor` without a database, for tests and simulations; its time is the
// caller's, and only that one counts.
#pragma once
#include "messages/cluster.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace troupe {

class lease_book {
public:
  /// Enters a node, a repeat as a new incarnation, which is returned. None: a living node with an
  /// address speaks another protocol.
  std::optional<std::uint64_t> join(const node_entry& node, std::int64_t lease_ns,
                                    std::int64_t now_ns);

  /// From now it lives for lease_ns. False: it is unknown, or a newer process bears the name.
  bool beat(const node_name& name, std::uint64_t incarnation, std::int64_t lease_ns, bool leaving,
            std::int64_t now_ns);

  /// Those that were free, each with its epoch + 1. None unless the taker lives.
  std::vector<shard_claim> take(const node_name& name, std::uint64_t incarnation,
                                const std::vector<std::uint16_t>& shards, std::int64_t now_ns);

  /// How many were its own, under an epoch not above that of `epochs`, and are nobody's now.
  std::uint64_t release(const node_name& name, std::uint64_t incarnation,
                        const std::vector<std::uint16_t>& shards,
                        const std::vector<std::uint64_t>& epochs);

  /// Who may append to a shard: the fence.
  bool owns(const node_name& name, const shard_claim& claim) const;

  cluster_table table(std::int64_t now_ns) const;

  /// Its heartbeat has not expired.
  bool alive(const node_name& name, std::int64_t now_ns) const;

private:
  struct kept_node {
    node_entry entry;
    std::int64_t expires_ns = 0;
  };

  std::map<node_name, kept_node> nodes_;
  std::array<shard_entry, shard_count> shards_;
};

} // namespace troupe
