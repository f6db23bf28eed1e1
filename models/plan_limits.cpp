#include "models/plan_limits.hpp"

#include <algorithm>
#include <array>

namespace troupe {

namespace {

// Rows: limit_kind, of users. Columns: free, basic, pro, premium.
constexpr std::array<std::array<std::uint32_t, 4>, 6> table{{
    {3, 10, 100, 1000},
    {3, 10, 100, 1000},
    {10, 50, 500, 5000},
    {10, 50, 200, unlimited},
    {10, 30, 100, 300},
    {5, 10, 20, 50},
}};

// How long a window that is over is remembered, for requests that were stamped just before its end.
constexpr utc_ms lateness = minute_ms;

} // namespace

std::uint32_t plan_limits::of(user_plan plan, limit_kind kind) const {
  if (kind == limit_kind::address) return requests_per_address;
  const std::uint64_t one = table[static_cast<std::size_t>(kind)][static_cast<std::size_t>(plan)];
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(one * factor_, UINT32_MAX));
}

limit_window window_of(limit_kind kind, utc_ms at) {
  const bool by_minute =
      kind == limit_kind::paper || kind == limit_kind::payments || kind == limit_kind::address;
  const utc_ms length = by_minute ? minute_ms : day_ms;
  const auto begin = at - at % length;
  return {begin, begin + length};
}

std::string limit_key(limit_kind kind, const limit_window& window, const user_id& user) {
  std::string out{to_string(kind)};
  return out.append(":").append(std::to_string(window.begin / second_ms)).append(":").append(user);
}

allowance_left left_of(bool granted, std::uint32_t limit, std::uint64_t used,
                       const limit_window& window) {
  const auto most = std::min<std::uint64_t>(used, limit);
  return {granted, limit, limit - static_cast<std::uint32_t>(most), window.end};
}

allowance_use use_of(std::uint32_t limit, std::uint64_t used) {
  return {static_cast<std::uint32_t>(std::min<std::uint64_t>(used, limit)), limit};
}

// At most once a second: where all is full and nothing is past, a flood of users must not cost a
// walk each.
void window_counts::sweep(utc_ms now) {
  if (now - swept_at_ < second_ms && now >= swept_at_) return;
  swept_at_ = now;
  for (auto i = counts_.begin(); i != counts_.end();)
    i = i->second.ends_at + lateness <= now ? counts_.erase(i) : std::next(i);
  // As many must come again before the next walk as were left by this one.
  sweep_at_ = std::max<std::size_t>(1024, 2 * counts_.size());
}

window_counts::count& window_counts::of(const user_id& user, limit_kind kind, utc_ms at) {
  const auto window = window_of(kind, at);
  auto key = limit_key(kind, window, user);
  if (const auto found = counts_.find(key); found != counts_.end()) return found->second;
  if (counts_.size() >= std::min(sweep_at_, max_counts_)) sweep(at);
  if (counts_.size() >= max_counts_) key = limit_key(kind, window, {});
  return counts_.try_emplace(std::move(key), count{0, window.end}).first->second;
}

std::uint32_t window_counts::used_by(const user_id& user, limit_kind kind, utc_ms at) const {
  const auto found = counts_.find(limit_key(kind, window_of(kind, at), user));
  return found == counts_.end() ? 0 : found->second.used;
}

allowance_left window_counts::take(const take_allowance& request) {
  const auto limit = limits_.of(request.plan, request.kind);
  const auto window = window_of(request.kind, request.at);
  if (limit == unlimited) return left_of(true, unlimited, 0, window);
  auto& counted = of(request.user, request.kind, request.at);
  const bool granted = counted.used < limit;
  if (granted) ++counted.used;
  return left_of(granted, limit, counted.used, window);
}

void window_counts::give_back(const troupe::give_back& request) {
  const auto found =
      counts_.find(limit_key(request.kind, window_of(request.kind, request.at), request.user));
  if (found != counts_.end() && found->second.used > 0) --found->second.used;
}

usage_report window_counts::report(const get_usage& request) const {
  const auto use = [&](limit_kind kind) {
    return use_of(limits_.of(request.plan, kind), used_by(request.user, kind, request.at));
  };
  return {use(limit_kind::predictions), use(limit_kind::signals), use(limit_kind::indicators),
          window_of(limit_kind::predictions, request.at).end};
}

void window_counts::learn(const user_id& user, limit_kind kind, utc_ms at, std::uint32_t used) {
  auto& counted = of(user, kind, at);
  counted.used = std::max(counted.used, used);
}

} // namespace troupe
