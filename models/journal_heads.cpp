#include "models/journal_heads.hpp"

#include <utility>

namespace troupe {

void head_book::make_room() {
  if (young_.size() < most_ / 2) return;
  for (const auto& [account, head] : old_)
    if (head.is_behind()) behind_.erase(account);
  old_ = std::exchange(young_, {});
}

const account_head* head_book::find(const account_id& account) {
  if (const auto it = young_.find(account); it != young_.end()) return &it->second;
  auto node = old_.extract(account);
  if (node.empty()) return nullptr;
  make_room();
  return &young_.insert(std::move(node)).position->second;
}

void head_book::put(const account_id& account, const account_head& head) {
  const auto* known = find(account);
  const bool was_behind = known && known->is_behind();
  if (!known) make_room();
  young_[account] = head;
  if (head.is_behind() && !was_behind) behind_.insert(account);
  if (was_behind && !head.is_behind()) behind_.erase(account);
}

void head_book::forget(const account_id& account) {
  behind_.erase(account);
  young_.erase(account);
  old_.erase(account);
}

void head_book::clear() {
  young_.clear();
  old_.clear();
  behind_.clear();
}

std::vector<std::pair<account_id, account_head>> head_book::behind(std::size_t most) const {
  std::vector<std::pair<account_id, account_head>> out;
  for (auto it = behind_.begin(); it != behind_.end() && out.size() < most; ++it) {
    const auto young = young_.find(*it);
    out.emplace_back(*it, young != young_.end() ? young->second : old_.at(*it));
  }
  return out;
}

} // namespace troupe
