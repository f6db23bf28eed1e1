#include "http/guard.hpp"

#include <utility>

namespace troupe {

namespace {

bool same_key(const std::string& key, std::string_view given) {
  if (key.empty()) return false;
  // Walks all of what was given, whatever it is: time tells the length of the guess and no more.
  volatile unsigned difference = given.size() == key.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference = difference
        | static_cast<unsigned>(static_cast<unsigned char>(given[i])
                                ^ static_cast<unsigned char>(key[i % key.size()]));
  return difference == 0;
}

} // namespace

key_guard::key_guard(guard_keys keys, guard_limits limits, token_verifier verify)
    : keys_(std::move(keys)), limits_(limits), verify_(std::move(verify)) {}

std::optional<identity> key_guard::owner_of(std::string_view token, utc_ms now) const {
  if (token.empty() || !verify_) return std::nullopt;
  auto verified = verify_(token, now);
  auto* who = std::get_if<identity>(&verified);
  return who ? std::optional<identity>{std::move(*who)} : std::nullopt;
}

key_holder key_guard::holder_of(std::string_view given) const {
  const bool engine = same_key(keys_.engine, given), admin = same_key(keys_.admin, given);
  return admin ? key_holder::admin : engine ? key_holder::engine : key_holder::nobody;
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
