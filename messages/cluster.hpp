// What the nodes of a cluster are and who of them owns which shard, as the database keeps it and as
// a node sees it. Plain values without CAF; who decides what follows is models/ownership.
#pragma once
#include "messages/journal.hpp"
#include "messages/time.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// 1 to 128 visible characters, the same after a restart. Empty: nobody.
using node_name = std::string;

/// What nodes say to each other has this number; another is refused.
inline constexpr std::uint32_t cluster_protocol = 1;

/// A node as it stands in the database.
struct node_entry {
  node_name name;
  /// Grows with every start under this name: an older process of that name is a stranger.
  std::uint64_t incarnation = 0;
  /// `host:port` where other nodes reach it. Empty: it runs alone, owns all shards or none.
  std::string address;
  std::uint32_t protocol = cluster_protocol;
  bool alive = false;   // its heartbeat has not expired, on the database's clock
  bool leaving = false; // it gives its shards up and takes no more
};

/// Whose a shard is. The owner may be dead; then anybody may take it, with epoch + 1.
struct shard_entry {
  node_name owner;               // empty: nobody, it was released
  std::uint64_t incarnation = 0; // of the owner when it took it
  std::uint64_t epoch = 0;       // never goes back
};

/// One reading of it all, consistent. Nodes by name, ascending.
struct cluster_table {
  std::vector<node_entry> nodes;
  std::array<shard_entry, shard_count> shards;
};

/// A shard of one's own, with what the fence compares.
struct shard_claim {
  std::uint16_t shard = 0;
  std::uint64_t epoch = 0;
};

/// How this node stands to a shard.
enum class shard_standing : std::uint8_t {
  ours,    // commands for it are taken here
  moving,  // nobody can be asked at the moment: wait
  another, // ask `owner_of`
};

/// What a node acts on. Made anew whenever something of it changes.
struct cluster_view {
  std::uint64_t number = 0; // grows with each view of this process
  node_name me;
  std::uint64_t incarnation = 0;
  std::vector<node_entry> nodes; // by name, dead ones too
  std::array<shard_standing, shard_count> standing{};
  std::array<std::uint16_t, shard_count> owner{}; // index into nodes where standing is `another`
  std::array<std::uint64_t, shard_count> epoch{};

  const node_entry& owner_of(std::uint32_t shard) const { return nodes[owner[shard]]; }
};
using cluster_view_ptr = std::shared_ptr<const cluster_view>;

/// What a remote node is asked on behalf of somebody: who there should hear it.
enum class remote_part : std::uint8_t {
  accounts, // whatever an accounts_actor answers; only for shards that are its own
  symbol,   // whatever the symbol_actor `name` answers; only when that symbol is its own
  node,     // the membership of the node itself
};

} // namespace troupe
