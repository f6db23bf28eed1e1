// Whether an attempt that failed is made again, and after how long. Full jitter: the wait is
// uniform from zero, so that many who failed together do not come back together. Randomness and
// time come in from the caller, who also knows which failures are worth repeating.
#pragma once
#include <cstdint>
#include <optional>

namespace troupe {

/// SPEC §6: 3 attempts, wait uniform(0, 1 s × attempt).
struct retry_limits {
  std::uint32_t attempts = 3;   // the first one included
  std::int64_t delay_ms = 1000; // × attempt bounds the wait
};

/// An attempt that failed.
struct failed_attempt {
  std::uint32_t attempt = 1; // the first is 1
  bool safe_to_repeat = false;
  std::int64_t now_ms = 0, deadline_ms = 0; // of one clock
  std::int64_t at_least_ms = 0;             // the service asked for it (Retry-After)
};

/// How long to wait before the next attempt, or that there is none: not safe, enough attempts, or
/// the wait would end at the deadline or after it. `uniform`: in [0, 1).
std::optional<std::int64_t> retry_wait(const retry_limits& limits, const failed_attempt& failed,
                                       double uniform);

} // namespace troupe
