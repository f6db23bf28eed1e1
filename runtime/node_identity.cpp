#include "runtime/node_identity.hpp"

#include "runtime/secrets.hpp"

namespace troupe {

std::unique_ptr<node_identity> node_identity::take(const std::string& folder, std::string& error) {
  auto lock = file_lock::take(folder + "/node.lock", error);
  if (!lock) return nullptr;
  const auto key = kept_or_made_key(folder + "/node-id", error);
  if (key.empty()) return nullptr;
  return std::unique_ptr<node_identity>{
      new node_identity{std::move(*lock), "node-" + key.substr(0, 16)}};
}

} // namespace troupe
