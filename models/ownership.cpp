#include "models/ownership.hpp"

#include <algorithm>

namespace troupe {

namespace {

std::uint16_t index_of(const cluster_table& table, const node_name& name) {
  const auto it = std::lower_bound(
      table.nodes.begin(), table.nodes.end(), name,
      [](const node_entry& node, const node_name& wanted) { return node.name < wanted; });
  if (it == table.nodes.end() || it->name != name) return no_node;
  return static_cast<std::uint16_t>(it - table.nodes.begin());
}

// Who bears each shard and lives; an older incarnation counts, for only its name may take it.
shard_targets living_owners(const cluster_table& table) {
  shard_targets out;
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto& owner = table.shards[s].owner;
    const bool same_as_before = s > 0 && owner == table.shards[s - 1].owner;
    out[s] = owner.empty() ? no_node : same_as_before ? out[s - 1] : index_of(table, owner);
    if (out[s] != no_node && !table.nodes[out[s]].alive) out[s] = no_node;
  }
  return out;
}

class division {
public:
  division(const cluster_table& table, std::uint32_t protocol)
      : table_(table), owners_(living_owners(table)), owned_(table.nodes.size(), 0),
        quota_(table.nodes.size(), 0) {
    for (auto owner : owners_)
      if (owner != no_node) ++owned_[owner];
    find_candidates(protocol);
  }

  shard_targets targets() {
    shard_targets out;
    out.fill(no_node);
    std::size_t divided = 0;
    for (std::size_t s = 0; s < shard_count; ++s)
      if (stays(owners_[s]))
        out[s] = owners_[s];
      else
        ++divided;
    if (candidates_.empty()) return out;
    set_quotas(divided);
    keep_what_fits(out);
    hand_out_the_rest(out);
    return out;
  }

private:
  bool speaks(const node_entry& node, std::uint32_t protocol) const {
    return node.alive && !node.leaving && node.protocol == protocol;
  }

  void find_candidates(std::uint32_t protocol) {
    for (std::size_t i = 0; i < table_.nodes.size(); ++i)
      if (speaks(table_.nodes[i], protocol) && !table_.nodes[i].address.empty())
        candidates_.push_back(static_cast<std::uint16_t>(i));
    for (std::size_t i = 0; i < table_.nodes.size() && candidates_.empty(); ++i)
      if (speaks(table_.nodes[i], protocol) && nobody_else_owns(i))
        candidates_.push_back(static_cast<std::uint16_t>(i));
  }

  bool nobody_else_owns(std::size_t me) const {
    return std::all_of(owners_.begin(), owners_.end(),
                       [&](std::uint16_t o) { return o == no_node || o == me; });
  }

  bool is_candidate(std::uint16_t node) const {
    return std::binary_search(candidates_.begin(), candidates_.end(), node);
  }

  // It runs alone beside others: they leave it what it has.
  bool stays(std::uint16_t owner) const {
    return owner != no_node && !table_.nodes[owner].leaving && !is_candidate(owner);
  }

  // Those with most now get one more, so that nothing moves for the sake of the remainder.
  void set_quotas(std::size_t divided) {
    auto by_number = candidates_;
    std::stable_sort(by_number.begin(), by_number.end(),
                     [&](std::uint16_t a, std::uint16_t b) { return owned_[a] > owned_[b]; });
    const auto base = divided / by_number.size(), more = divided % by_number.size();
    for (std::size_t i = 0; i < by_number.size(); ++i)
      quota_[by_number[i]] = base + (i < more ? 1 : 0);
  }

  void keep_what_fits(shard_targets& out) {
    for (std::size_t s = 0; s < shard_count; ++s) {
      const auto owner = owners_[s];
      if (owner == no_node || out[s] != no_node || quota_[owner] == 0) continue;
      out[s] = owner;
      --quota_[owner];
    }
  }

  // One each in turn: shards next to each other end up on different nodes.
  void hand_out_the_rest(shard_targets& out) {
    std::size_t next = 0;
    for (std::size_t s = 0; s < shard_count; ++s) {
      if (out[s] != no_node) continue;
      while (quota_[candidates_[next]] == 0) next = (next + 1) % candidates_.size();
      out[s] = candidates_[next];
      --quota_[candidates_[next]];
      next = (next + 1) % candidates_.size();
    }
  }

  const cluster_table& table_;
  shard_targets owners_;
  std::vector<std::size_t> owned_, quota_; // by node
  std::vector<std::uint16_t> candidates_;  // ascending
};

// Of nodes that run alone, whoever comes first has it all: one that has just died may still seem to
// live, and is not waited for. The database lets only one of them take a shard.
bool may_have_all(const cluster_table& table, const shard_targets& owners, std::uint16_t here) {
  const auto& self = table.nodes[here];
  return self.address.empty() && !self.leaving
      && std::none_of(table.nodes.begin(), table.nodes.end(),
                      [](const node_entry& n) { return n.alive && !n.address.empty(); })
      && std::all_of(owners.begin(), owners.end(),
                     [&](std::uint16_t o) { return o == no_node || o == here; });
}

} // namespace

shard_targets targets_of(const cluster_table& table, std::uint32_t protocol) {
  return division{table, protocol}.targets();
}

ownership_step next_step(const cluster_table& table, const node_name& me, std::uint64_t incarnation,
                         std::size_t most) {
  ownership_step out;
  const auto here = index_of(table, me);
  if (here == no_node) return out;
  const auto& self = table.nodes[here];
  if (self.incarnation != incarnation || !self.alive) return out;
  const auto owners = living_owners(table);
  auto targets = targets_of(table, self.protocol);
  if (may_have_all(table, owners, here)) targets.fill(here);
  std::size_t on_their_way = 0;
  for (std::uint16_t s = 0; s < shard_count; ++s) {
    const bool bears_my_name = owners[s] == here;
    const bool mine = bears_my_name && table.shards[s].incarnation == incarnation;
    if (mine && (self.leaving || (targets[s] != here && targets[s] != no_node)))
      out.give.push_back(s);
    else if (!mine && !self.leaving
             && (bears_my_name || (owners[s] == no_node && targets[s] == here)))
      out.take.push_back(s);
    else if (owners[s] == no_node && targets[s] != no_node)
      ++on_their_way;
  }
  if (!self.leaving)
    out.give.resize(std::min(out.give.size(), most - std::min(most, on_their_way)));
  return out;
}

} // namespace troupe
