#include "models/attempt_limits.hpp"

#include <algorithm>

namespace troupe {

// A full table is swept at most once a second: a flood of names must not cost a walk each.
void attempt_limits::sweep(utc_ms now) {
  if (now - swept_at_ < second_ms && now >= swept_at_) return;
  swept_at_ = now;
  for (auto i = tries_.begin(); i != tries_.end();)
    i = i->second.empty() || i->second.back() + minute_ms <= now ? tries_.erase(i) : std::next(i);
}

attempt_limits::times& attempt_limits::of(std::string_view name, utc_ms now) {
  const std::string key{name};
  auto found = tries_.find(key);
  if (found == tries_.end()) {
    if (tries_.size() >= max_names_) sweep(now);
    if (tries_.size() >= max_names_) return strangers_;
    found = tries_.emplace(key, times{}).first;
  }
  return found->second;
}

utc_ms attempt_limits::wait_ms(std::string_view name, utc_ms now) {
  auto& seen = of(name, now);
  // What lies ahead was counted by a clock that has been set back: it must not lock anybody out.
  while (!seen.empty() && (seen.front() + minute_ms <= now || seen.front() > now)) seen.pop_front();
  return seen.size() < per_minute_ ? 0 : seen.front() + minute_ms - now;
}

void attempt_limits::count(std::string_view name, utc_ms now) {
  auto& seen = of(name, now);
  if (seen.size() == per_minute_) seen.pop_front();
  seen.push_back(now);
}

utc_ms try_counts::wait_ms(const take_try& one) {
  return std::max(one.address.empty() ? 0 : by_address_.wait_ms(one.address, one.at),
                  one.whom.empty() ? 0 : by_whom_.wait_ms(one.whom, one.at));
}

utc_ms try_counts::take(const take_try& one) {
  const auto wait = wait_ms(one);
  if (wait == 0) learn(one);
  return wait;
}

void try_counts::learn(const take_try& one) {
  if (!one.address.empty()) by_address_.count(one.address, one.at);
  if (!one.whom.empty()) by_whom_.count(one.whom, one.at);
}

} // namespace troupe
