// How this node stands to each shard, for those who ask from other threads than the actor that
// hears of it. Never ahead of that actor; what counts in the end is the journal's fence.
#pragma once
#include "messages/cluster.hpp"
#include "models/placement.hpp"

#include <atomic>
#include <memory>

namespace troupe {

class standing_board {
public:
  standing_board() {
    for (auto& one : all_) one.store(shard_standing::moving, std::memory_order_relaxed);
  }

  bool ours(std::uint32_t shard) const {
    return all_[shard].load(std::memory_order_acquire) == shard_standing::ours;
  }
  bool owns(const account_id& account) const { return ours(shard_of(account)); }

  void set(std::uint32_t shard, shard_standing now) {
    all_[shard].store(now, std::memory_order_release);
  }

private:
  std::array<std::atomic<shard_standing>, shard_count> all_;
};
using standing_board_ptr = std::shared_ptr<standing_board>;

} // namespace troupe
