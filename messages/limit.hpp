// How often a user may ask: what is counted, what is asked of who counts, and what it answers.
// Plain values without CAF. How much each plan allows is models/plan_limits.hpp's.
#pragma once
#include "messages/time.hpp"
#include "messages/user.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// What is counted by itself.
enum class limit_kind : std::uint8_t {
  predictions,
  signals,
  indicators,
  chat,
  paper,
  payments,
  address // requests that nobody vouches for, by where they come from
};

/// `predictions` …: the name of the policy in headers, and a part of keys.
std::string_view to_string(limit_kind k);

/// Takes one of what the plan allows the user in the window that `at` falls in. A refused one is
/// not counted. Answer: allowance_left.
struct take_allowance {
  user_id user; // of limit_kind::address: the address
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

/// One try at a password, a code or a registration. It is counted against where it comes from and
/// against whom it is for when neither has had its fill of the last minute, else against neither.
/// Answer: the milliseconds to wait, 0 when it was counted.
struct take_try {
  std::string address; // empty: not counted by it
  std::string whom;    // an e-mail address or a user's id; empty: likewise
  utc_ms at = 0;       // stamped once, where the request entered
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
