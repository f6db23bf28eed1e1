// The newest versions of the accounts that a journal has written to, in its memory: what the next
// append is compared with while nobody else may write, and which of the store's rows of accounts
// are behind. Bounded: the accounts used least lately are forgotten and asked of the store again.
#pragma once
#include "messages/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace troupe {

/// The newest row of an account, as the store keeps it with the account once more.
struct account_head {
  std::int64_t number = 0; // the account's in the store
  std::uint64_t version = 0;
  std::uint64_t written = 0; // the version that the store's row of the account has
  money balance, reserved;
  chain_hash hash{};

  bool is_behind() const { return written < version; }
};

class head_book {
public:
  /// Keeps at least half of `most` accounts, and never more. @pre most >= 2
  explicit head_book(std::size_t most) : most_(most) {}

  /// Null: not known. Valid until the next call.
  const account_head* find(const account_id& account);

  void put(const account_id& account, const account_head& head);
  void forget(const account_id& account);
  void clear();

  /// Up to `most` of the known accounts whose rows are behind.
  std::vector<std::pair<account_id, account_head>> behind(std::size_t most) const;
  bool any_behind() const { return !behind_.empty(); }

  std::size_t size() const { return young_.size() + old_.size(); }

private:
  using heads = std::unordered_map<account_id, account_head>;

  void make_room();

  std::size_t most_;
  heads young_, old_; // used since the two were last exchanged, and before
  std::unordered_set<account_id> behind_;
};

} // namespace troupe
