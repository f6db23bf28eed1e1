#include "http/guard.hpp"

#include <utility>

namespace troupe {

key_guard::key_guard(std::string api_key, guard_limits limits)
    : api_key_(std::move(api_key)), limits_(limits) {}

bool key_guard::valid(std::string_view given) const {
  if (api_key_.empty()) return false;
  // Walks all of what was given, whatever it is: time tells the length of the guess and no more.
  volatile unsigned difference = given.size() == api_key_.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference = difference
        | static_cast<unsigned>(static_cast<unsigned char>(given[i])
                                ^ static_cast<unsigned char>(api_key_[i % api_key_.size()]));
  return difference == 0;
}

allowance key_guard::take(std::string_view address, std::int64_t now_s) {
  const auto minute = now_s / 60;
  std::lock_guard<std::mutex> lock{guard_};
  auto found = windows_.find(std::string{address});
  if (found == windows_.end()) {
    // A full table is swept of past minutes, once a minute.
    if (windows_.size() >= limits_.max_addresses && std::exchange(swept_minute_, minute) != minute)
      for (auto i = windows_.begin(); i != windows_.end();)
        i = i->second.minute < minute ? windows_.erase(i) : std::next(i);
    if (windows_.size() < limits_.max_addresses)
      found = windows_.emplace(std::string{address}, window{}).first;
  }
  auto& w = found != windows_.end() ? found->second : strangers_;
  if (w.minute != minute) w = {minute, 0};
  allowance out;
  out.limit = limits_.per_minute;
  out.reset_s = static_cast<std::uint32_t>(60 - now_s % 60);
  out.ok = w.used < limits_.per_minute;
  if (out.ok) ++w.used;
  out.remaining = limits_.per_minute - w.used;
  return out;
}

} // namespace troupe
