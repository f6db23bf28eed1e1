#include "http/strangers.hpp"

namespace troupe {

stranger_place strangers::enter(const std::string& address) {
  std::lock_guard<std::mutex> lock{guard_};
  if (count_ >= in_all_) return nullptr;
  const auto here = waiting_.emplace(address, 0).first; // erased again with its last
  if (here->second >= per_address_) return nullptr;
  ++here->second;
  ++count_;
  return stranger_place{this, [this, address](const void*) { leave(address); }};
}

void strangers::leave(const std::string& address) {
  std::lock_guard<std::mutex> lock{guard_};
  const auto here = waiting_.find(address);
  --count_;
  if (--here->second == 0) waiting_.erase(here);
}

} // namespace troupe
