#include "models/lease_book.hpp"

#include <algorithm>

namespace troupe {

bool lease_book::alive(const node_name& name, std::int64_t now_ns) const {
  const auto it = nodes_.find(name);
  return it != nodes_.end() && it->second.expires_ns > now_ns;
}

std::optional<std::uint64_t> lease_book::join(const node_entry& node, std::int64_t lease_ns,
                                              std::int64_t now_ns) {
  for (const auto& [name, other] : nodes_)
    if (name != node.name && other.entry.protocol != node.protocol && !other.entry.address.empty()
        && other.expires_ns > now_ns)
      return std::nullopt;
  auto& kept = nodes_[node.name];
  const auto incarnation = kept.entry.incarnation + 1;
  kept.entry = node;
  kept.entry.incarnation = incarnation;
  kept.entry.leaving = false;
  kept.expires_ns = now_ns + lease_ns;
  return incarnation;
}

bool lease_book::beat(const node_name& name, std::uint64_t incarnation, std::int64_t lease_ns,
                      bool leaving, std::int64_t now_ns) {
  const auto it = nodes_.find(name);
  if (it == nodes_.end() || it->second.entry.incarnation != incarnation) return false;
  it->second.expires_ns = now_ns + lease_ns;
  it->second.entry.leaving = leaving;
  return true;
}

std::vector<shard_claim> lease_book::take(const node_name& name, std::uint64_t incarnation,
                                          const std::vector<std::uint16_t>& shards,
                                          std::int64_t now_ns) {
  std::vector<shard_claim> out;
  const auto it = nodes_.find(name);
  if (it == nodes_.end() || it->second.entry.incarnation != incarnation || !alive(name, now_ns))
    return out;
  for (auto s : shards) {
    if (s >= shard_count) continue;
    auto& shard = shards_[s];
    const bool bears_the_name = shard.owner == name;
    if (bears_the_name ? shard.incarnation >= incarnation : alive(shard.owner, now_ns)) continue;
    shard = {name, incarnation, shard.epoch + 1};
    out.push_back({s, shard.epoch});
  }
  return out;
}

std::uint64_t lease_book::release(const node_name& name, std::uint64_t incarnation,
                                  const std::vector<std::uint16_t>& shards,
                                  const std::vector<std::uint64_t>& epochs) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < std::min(shards.size(), epochs.size()); ++i) {
    if (shards[i] >= shard_count) continue;
    auto& shard = shards_[shards[i]];
    if (shard.owner != name || shard.incarnation != incarnation || shard.epoch > epochs[i])
      continue;
    shard.owner.clear();
    ++out;
  }
  return out;
}

bool lease_book::owns(const node_name& name, const shard_claim& claim) const {
  const auto& shard = shards_[claim.shard % shard_count];
  return shard.owner == name && shard.epoch == claim.epoch;
}

cluster_table lease_book::table(std::int64_t now_ns) const {
  cluster_table out;
  out.shards = shards_;
  for (const auto& [name, kept] : nodes_) {
    out.nodes.push_back(kept.entry);
    out.nodes.back().alive = kept.expires_ns > now_ns;
  }
  return out;
}

} // namespace troupe
