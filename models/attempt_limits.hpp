// How often something may be tried in a minute, per name (an address, an e-mail): login attempts.
// Exact: in no minute, wherever it begins, are there more than the limit. In this process only.
#pragma once
#include "messages/limit.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe {

inline constexpr std::uint32_t logins_per_minute = 5; // per address and per e-mail (SPEC §6)

class attempt_limits {
public:
  /// Past `max_names` those not seen before share one count.
  explicit attempt_limits(std::size_t per_minute = logins_per_minute,
                          std::size_t max_names = 1u << 16)
      : per_minute_(per_minute), max_names_(max_names) {}

  /// Milliseconds until a try of that name is allowed; 0: now. Counts nothing.
  utc_ms wait_ms(std::string_view name, utc_ms now);
  /// Counts one try.
  void count(std::string_view name, utc_ms now);

  std::size_t names() const { return tries_.size(); }

private:
  using times = std::deque<utc_ms>; // ascending, at most per_minute_

  times& of(std::string_view name, utc_ms now);
  void sweep(utc_ms now);

  std::size_t per_minute_, max_names_;
  std::unordered_map<std::string, times> tries_;
  times strangers_;
  utc_ms swept_at_ = 0;
};

/// Tries by where they come from and by whom they are for: two tables, so that a flood of the one
/// harms nobody in the other.
class try_counts {
public:
  explicit try_counts(std::size_t per_minute = logins_per_minute)
      : by_address_(per_minute), by_whom_(per_minute) {}

  /// Milliseconds to wait; counts nothing.
  utc_ms wait_ms(const take_try& one);
  /// The same, and counts it where that is 0.
  utc_ms take(const take_try& one);
  /// Somebody who counts for several nodes has let it pass.
  void learn(const take_try& one);

private:
  attempt_limits by_address_, by_whom_;
};

} // namespace troupe
