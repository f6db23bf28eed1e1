#include "models/retry.hpp"

#include <algorithm>

namespace troupe {

std::optional<std::int64_t> retry_wait(const retry_limits& limits, const failed_attempt& failed,
                                       double uniform) {
  if (!failed.safe_to_repeat || failed.attempt >= limits.attempts) return std::nullopt;
  const auto most = static_cast<double>(limits.delay_ms) * failed.attempt;
  const auto jitter = static_cast<std::int64_t>(most * std::clamp(uniform, 0.0, 1.0));
  const auto wait = std::max(jitter, failed.at_least_ms);
  if (wait >= failed.deadline_ms - failed.now_ms) return std::nullopt;
  return wait;
}

} // namespace troupe
