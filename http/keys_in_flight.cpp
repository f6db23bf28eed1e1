#include "http/keys_in_flight.hpp"

#include <functional>
#include <utility>

namespace troupe {

std::shared_ptr<void> keys_in_flight::take(const std::string& user, const std::string& key) {
  auto name = user + ' ' + key; // ids have no spaces
  auto& home = parts_[std::hash<std::string>{}(name) % parts_.size()];
  {
    std::lock_guard<std::mutex> lock{home.guard};
    if (!home.names.insert(name).second) return nullptr;
  }
  // The deleter alone is of use: a pointer that is not null stands for the place taken.
  return {this, [self = shared_from_this(), &home, name = std::move(name)](void*) {
            std::lock_guard<std::mutex> lock{home.guard};
            home.names.erase(name);
          }};
}

} // namespace troupe
