// Until when this node may answer for a shard, for those who answer: the membership writes,
// everybody else reads, without a message between. A process that was stopped and goes on finds
// here that its time is over, whatever still waits in its mailboxes.
#pragma once
#include "messages/cluster.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace troupe {

class lease_clock {
public:
  /// True when what is known of a shard under `epoch` (a view's, from when the question was passed
  /// on) is still what everybody sees. Ask when the answer is at hand, not before: then it was true
  /// at that moment. `now_ns`: the steady clock, read after the state that is answered.
  bool holds(std::uint32_t shard, std::uint64_t epoch, std::int64_t now_ns) const {
    // In this order: whoever extends the time has first said what was lost.
    return now_ns < until_ns_.load() && epoch != 0 && epochs_[shard].load() == epoch;
  }

  /// Steady clock; 0: nothing is held.
  std::int64_t until_ns() const { return until_ns_.load(); }
  /// 0: it is not held.
  std::uint64_t epoch_of(std::uint32_t shard) const { return epochs_[shard].load(); }

  // For the membership.
  void set_epoch(std::uint32_t shard, std::uint64_t epoch) { epochs_[shard].store(epoch); }
  void set_until(std::int64_t ns) { until_ns_.store(ns); }

private:
  std::atomic<std::int64_t> until_ns_{0};
  std::array<std::atomic<std::uint64_t>, shard_count> epochs_{};
};

using lease_clock_ptr = std::shared_ptr<lease_clock>;

} // namespace troupe
