// What must be true of the books of a world when all is over.
#include "actors/account_rows.hpp"
#include "models/fnv.hpp"
#include "models/placement.hpp"
#include "models/transfer_ids.hpp"
#include "tests/actors/cluster/world.hpp"

#include <array>

namespace troupe::simulated {

// How often each errand's first row is there, by the reference without what tries add to it.
void world::check_account(const account_id& id, std::map<std::string, std::size_t>& stored) {
  account folded{id};
  std::uint64_t version = 0;
  money sum;
  for (const auto& row : rows_->answer(get_journal{id, 1, 10'000})) {
    if (row.version != ++version) violated("versions of " + id + " have a gap");
    const auto added = add(sum, row.amount);
    if (!added || *added != row.balance_after) violated("the balance of " + id + " is no sum");
    sum = row.balance_after;
    if (!fold_row(folded, row)) violated("a row of " + id + " does not follow");
    if (!row.reference.empty()) ++stored[row.reference.substr(0, row.reference.find('#'))];
  }
  if (version < seen_[id]) violated("a version of " + id + " that was told is not there");
}

void world::check_errands(const std::map<std::string, std::size_t>& stored) {
  for (const auto& e : errands_) {
    const auto i = stored.find(e.id);
    const std::size_t times = i == stored.end() ? 0 : i->second;
    if (e.acknowledged && times != 1)
      violated(e.id + " is acknowledged and stored " + std::to_string(times) + " times");
    // Of two copies the later one may find what the earlier one did not.
    const bool once = !e.may_be_under_way && twice_.count(e.id) == 0;
    if (e.refused && once && times != 0) violated(e.id + " is refused and stored");
    if (times > 1) violated(e.id + " is stored " + std::to_string(times) + " times");
    if (e.what != errand::kind::move || options_.bug == planted::no_dedupe || !e.acknowledged)
      continue;
    const auto credit = stored.find(credit_reference(e.account, transfer_id_of(e.id)));
    if (credit == stored.end() || credit->second != 1) violated(e.id + " is not credited once");
  }
}

// The order of rows is the order of commits: an epoch has one writer, and none comes after a later.
void world::check_epochs() {
  std::array<std::uint64_t, shard_count> newest{};
  std::map<std::pair<std::uint32_t, std::uint64_t>, node_name> writers;
  std::map<account_id, node_name> before;
  for (const auto& row : rows_->order()) {
    const auto shard = shard_of(*row.account);
    if (row.epoch < newest[shard]) violated("a row of an older epoch comes after a newer one");
    newest[shard] = row.epoch;
    const auto& writer = writers.emplace(std::pair{shard, row.epoch}, row.by).first->second;
    if (writer != row.by) violated("two nodes wrote under one epoch");
    auto& last = before[*row.account];
    result_.moves += !last.empty() && last != row.by;
    last = row.by;
  }
}

void world::check_books() {
  std::map<std::string, std::size_t> stored;
  for (const auto& id : accounts_) check_account(id, stored);
  check_epochs();
  if (rows_->answer(get_trial_balance{}).difference != money{})
    violated("the books do not balance");
  if (!all_done()) return;
  check_errands(stored);
  if (rows_->answer(get_trial_balance{}).transit != money{}) violated("money is still under way");
}

void world::take_fingerprint() {
  fnv1a f;
  for (const auto& row : rows_->order())
    f.add(*row.account).add_number(row.version).add_number(row.epoch).add(row.by);
  for (const auto& e : errands_) f.add(e.id).add_number(e.tries).add_number(e.acknowledged);
  f.add_number(result_.events).add_number(result_.reads).add_number(now_ns());
  result_.fingerprint = f.value();
}

} // namespace troupe::simulated
