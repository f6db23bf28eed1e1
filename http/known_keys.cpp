#include "http/known_keys.hpp"

#include <openssl/sha.h>

#include <iterator>

namespace troupe {

namespace {

constexpr std::string_view prefix = "trp_";
constexpr std::size_t max_key_bytes = 128;

std::string name_of(std::string_view key) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(),
         reinterpret_cast<unsigned char*>(&digest[0]));
  return digest;
}

} // namespace

bool is_user_key(std::string_view key) {
  return key.size() <= max_key_bytes && key.size() > prefix.size()
      && key.substr(0, prefix.size()) == prefix;
}

std::optional<key_owner> known_keys::find(std::string_view key, utc_ms now) {
  const auto name = name_of(key);
  const std::lock_guard<std::mutex> lock{guard_};
  const auto found = keys_.find(name);
  if (found == keys_.end()) return std::nullopt;
  const auto at = found->second.at;
  if (now >= at && now < at + known_key_ms) return found->second.owner;
  keys_.erase(found);
  return std::nullopt;
}

std::uint64_t known_keys::generation() const {
  const std::lock_guard<std::mutex> lock{guard_};
  return generation_;
}

void known_keys::put(std::string_view key, const key_owner& owner, utc_ms now,
                     std::uint64_t asked_in) {
  auto name = name_of(key);
  const std::lock_guard<std::mutex> lock{guard_};
  if (asked_in != generation_) return;
  if (keys_.size() >= max_keys) keys_.clear();
  keys_[std::move(name)] = {owner, now};
}

void known_keys::forget(const std::string& key_id) {
  const std::lock_guard<std::mutex> lock{guard_};
  ++generation_;
  for (auto i = keys_.begin(); i != keys_.end();)
    i = i->second.owner.key_id == key_id ? keys_.erase(i) : std::next(i);
}

} // namespace troupe
