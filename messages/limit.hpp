// How often a user may ask: what is counted, what is asked of who counts, and what it answers.
// Plain values without CAF. How much each plan allows is models/plan_limits.hpp's.
#pragma once
#include "messages/time.hpp"
#include "messages/user.hpp"

#include <cstdint>
#include <string_view>

namespace troupe {

/// What is counted by itself.
enum class limit_kind : std::uint8_t { predictions, signals, indicators, chat, paper, payments };

/// `predictions` …: the name of the policy in headers, and a part of keys.
std::string_view to_string(limit_kind k);

/// Takes one of what the plan allows the user in the window that `at` falls in. A refused one is
/// not counted. Answer: allowance_left.
struct take_allowance {
  user_id user;
  user_plan plan = user_plan::free;
  limit_kind kind = limit_kind::predictions;
  utc_ms at = 0; // stamped once, where the request entered
};

/// Undoes one that was granted: what it was taken for has failed. `at` is that one's.
struct give_back {
  user_id user;
  limit_kind kind = limit_kind::predictions;
  utc_ms at = 0;
};

/// What is left after a take.
struct allowance_left {
  bool ok = false;
  std::uint32_t limit = 0; // 0: unlimited, and the rest says nothing
  std::uint32_t remaining = 0;
  utc_ms resets_at = 0; // the window's end
};

/// How much of each daily allowance of the ML routes is used up. Answer: usage_report.
struct get_usage {
  user_id user;
  user_plan plan = user_plan::free;
  utc_ms at = 0;
};

/// `used` is never more than `limit`, also where a plan has shrunk meanwhile.
struct allowance_use {
  std::uint32_t used = 0, limit = 0;
  std::uint32_t remaining() const { return limit - used; }
};

struct usage_report {
  allowance_use predictions, signals, indicators;
  utc_ms resets_at = 0; // of all three: the end of the UTC day
};

} // namespace troupe
