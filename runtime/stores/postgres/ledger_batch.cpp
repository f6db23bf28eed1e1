#include "runtime/stores/postgres/ledger_batch.hpp"

#include "models/journal_rules.hpp"
#include "models/placement.hpp"
#include "runtime/stores/postgres/ledger_arrays.hpp"

#include <bitset>
#include <string_view>
#include <unordered_map>

namespace troupe {

namespace {

std::string_view view_of(const chain_hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// An account of the batch: where it was before, and the append that is its newest.
struct touched_account {
  const account_append* first;
  const account_append* last;
  money balance_before;

  const journal_row& newest() const { return last->rows.back(); }
};

struct grouped {
  std::vector<touched_account> accounts;
  std::vector<std::size_t> account_of; // of each append
};

// False when the appends of an account do not follow each other.
bool group(const std::vector<const account_append*>& appends, grouped& out) {
  std::unordered_map<std::string_view, std::size_t> seen;
  out.account_of.reserve(appends.size());
  for (const auto* append : appends) {
    const auto [it, is_new] = seen.try_emplace(append->account, out.accounts.size());
    out.account_of.push_back(it->second);
    if (is_new) {
      const auto& row = append->rows.front();
      const auto before = subtract(row.balance_after, row.amount);
      if (!before || !balances_follow(*before, *append)) return false;
      out.accounts.push_back({append, append, *before});
    } else {
      auto& account = out.accounts[it->second];
      if (append->expected_version != account.newest().version
          || !balances_follow(account.newest().balance_after, *append))
        return false;
      account.last = append;
    }
  }
  return true;
}

void add_shards(const std::vector<touched_account>& accounts, pg_parameters& out) {
  std::bitset<shard_count> touched;
  for (const auto& account : accounts) touched.set(shard_of(account.first->account));
  ledger_array shards{ledger_element::int2};
  for (std::size_t i = 0; i < touched.size(); ++i)
    if (touched.test(i)) shards.add(static_cast<std::int16_t>(i));
  out.push_back(shards.bytes());
}

void add_accounts(const std::vector<touched_account>& accounts, pg_parameters& out) {
  ledger_array id{ledger_element::text}, shard{ledger_element::int2}, before{ledger_element::int8},
      balance_before{ledger_element::numeric}, version{ledger_element::int8},
      balance{ledger_element::numeric}, reserved{ledger_element::numeric},
      hash{ledger_element::bytea};
  for (const auto& account : accounts) {
    const auto& row = account.newest();
    id.add_bytes(account.first->account);
    shard.add(static_cast<std::int16_t>(shard_of(account.first->account)));
    before.add(static_cast<std::int64_t>(account.first->expected_version));
    balance_before.add(account.balance_before);
    version.add(static_cast<std::int64_t>(row.version));
    balance.add(row.balance_after);
    reserved.add(row.reserved_after);
    hash.add_bytes(view_of(row.hash));
  }
  for (auto* array : {&id, &shard, &before, &balance_before, &version, &balance, &reserved, &hash})
    out.push_back(array->bytes());
}

void add_rows(const std::vector<const account_append*>& appends, const grouped& groups,
              pg_parameters& out) {
  ledger_array account{ledger_element::int4}, version{ledger_element::int8},
      at{ledger_element::int8}, content{ledger_element::int8}, kind{ledger_element::int2},
      contra{ledger_element::int2}, amount{ledger_element::numeric},
      balance{ledger_element::numeric}, reserved{ledger_element::numeric},
      reference{ledger_element::text}, payload{ledger_element::bytea}, hash{ledger_element::bytea};
  for (std::size_t i = 0; i < appends.size(); ++i)
    for (const auto& row : appends[i]->rows) {
      account.add(static_cast<std::int32_t>(groups.account_of[i] + 1));
      version.add(static_cast<std::int64_t>(row.version));
      at.add(std::int64_t{row.at});
      content.add(static_cast<std::int64_t>(row.content));
      kind.add(std::int16_t{row.kind});
      contra.add(static_cast<std::int16_t>(row.contra));
      amount.add(row.amount);
      balance.add(row.balance_after);
      reserved.add(row.reserved_after);
      reference.add_bytes(row.reference);
      payload.add_bytes(row.payload);
      hash.add_bytes(view_of(row.hash));
    }
  for (auto* array : {&account, &version, &at, &content, &kind, &contra, &amount, &balance,
                      &reserved, &reference, &payload, &hash})
    out.push_back(array->bytes());
}

// Only an account's newest snapshot: one statement cannot write a row twice.
void add_snapshots(const std::vector<const account_append*>& appends, const grouped& groups,
                   pg_parameters& out) {
  std::vector<const account_append*> newest(groups.accounts.size());
  for (std::size_t i = 0; i < appends.size(); ++i)
    if (!appends[i]->snapshot.empty()) newest[groups.account_of[i]] = appends[i];
  ledger_array account{ledger_element::int4}, version{ledger_element::int8},
      hash{ledger_element::bytea}, state{ledger_element::bytea};
  for (std::size_t i = 0; i < newest.size(); ++i) {
    if (!newest[i]) continue;
    const auto& row = newest[i]->rows.back();
    account.add(static_cast<std::int32_t>(i + 1));
    version.add(static_cast<std::int64_t>(row.version));
    hash.add_bytes(view_of(row.hash));
    state.add_bytes(newest[i]->snapshot);
  }
  for (auto* array : {&account, &version, &hash, &state}) out.push_back(array->bytes());
}

} // namespace

bool commit_parameters(const lease_claim& claim, const std::vector<const account_append*>& appends,
                       pg_parameters& out) {
  out.clear();
  grouped groups;
  if (!group(appends, groups)) return false;
  out.push_back(claim.node);
  out.push_back(pg_int8(static_cast<std::int64_t>(claim.epoch)));
  add_shards(groups.accounts, out);
  add_accounts(groups.accounts, out);
  add_rows(appends, groups, out);
  add_snapshots(appends, groups, out);
  return true;
}

pg_parameters last_row_parameters(const std::vector<const account_append*>& appends) {
  ledger_array id{ledger_element::text}, version{ledger_element::int8}, hash{ledger_element::bytea};
  for (const auto* append : appends) {
    const auto& row = append->rows.back();
    id.add_bytes(append->account);
    version.add(static_cast<std::int64_t>(row.version));
    hash.add_bytes(view_of(row.hash));
  }
  return {id.bytes(), version.bytes(), hash.bytes()};
}

pg_parameters account_parameters(const std::vector<const account_append*>& appends) {
  ledger_array id{ledger_element::text};
  for (const auto* append : appends) id.add_bytes(append->account);
  return {id.bytes()};
}

pg_parameters reference_parameters(const std::vector<const account_append*>& appends) {
  ledger_array id{ledger_element::text}, reference{ledger_element::text};
  for (const auto* append : appends)
    for (const auto& row : append->rows)
      if (!row.reference.empty()) {
        id.add_bytes(append->account);
        reference.add_bytes(row.reference);
      }
  return {id.bytes(), reference.bytes()};
}

} // namespace troupe
