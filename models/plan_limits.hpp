// What each plan allows (the table of SPEC §6), in which windows it is counted, and the counts of
// one process. Counts that nodes share are in Redis, under the same keys.
#pragma once
#include "messages/limit.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace troupe {

inline constexpr std::uint32_t unlimited = 0;
inline constexpr std::uint32_t requests_per_address = 100; // a minute, without a key (SPEC §6)

class plan_limits {
public:
  /// `factor` times what the table allows: for installations that are more generous, and for
  /// measuring without being refused.
  explicit plan_limits(std::uint32_t factor = 1) : factor_(factor) {}

  /// How many a plan allows in one window, or `unlimited`. An address has no plan, and no factor.
  std::uint32_t of(user_plan plan, limit_kind kind) const;

private:
  std::uint32_t factor_;
};

/// A UTC day or minute: `begin` <= at < `end`.
struct limit_window {
  utc_ms begin = 0, end = 0;
};
limit_window window_of(limit_kind kind, utc_ms at);

/// Names one count: `predictions:1767571200:user`, with the window's begin in seconds.
std::string limit_key(limit_kind kind, const limit_window& window, const user_id& user);

/// What is left when `used` have been counted, the one in question among them if it was granted.
allowance_left left_of(bool granted, std::uint32_t limit, std::uint64_t used,
                       const limit_window& window);
/// The row of a usage report.
allowance_use use_of(std::uint32_t limit, std::uint64_t used);

/// Counts per user, kind and window. Windows are apart by their key, so that a request that is a
/// little late, or a clock that was set back, disturbs no other window.
class window_counts {
public:
  /// Past `max_counts` users not seen before share one count for each kind.
  explicit window_counts(plan_limits limits = plan_limits{}, std::size_t max_counts = 1u << 18)
      : limits_(limits), max_counts_(max_counts) {}

  allowance_left take(const take_allowance& request);
  void give_back(const troupe::give_back& request);
  usage_report report(const get_usage& request) const;

  /// Somebody who counts for several nodes has counted so many: never lowers what is known.
  void learn(const user_id& user, limit_kind kind, utc_ms at, std::uint32_t used);

  std::size_t size() const { return counts_.size(); }

private:
  struct count {
    std::uint32_t used = 0;
    utc_ms ends_at = 0;
  };

  count& of(const user_id& user, limit_kind kind, utc_ms at);
  std::uint32_t used_by(const user_id& user, limit_kind kind, utc_ms at) const;
  void sweep(utc_ms now);

  plan_limits limits_;
  std::size_t max_counts_, sweep_at_ = 1024;
  utc_ms swept_at_ = 0;
  std::unordered_map<std::string, count> counts_;
};

} // namespace troupe
