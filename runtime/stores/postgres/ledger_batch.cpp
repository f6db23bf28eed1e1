#include "runtime/stores/postgres/ledger_batch.hpp"

#include "models/journal_rules.hpp"
#include "models/placement.hpp"
#include "runtime/stores/postgres/ledger_arrays.hpp"

#include <bitset>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace troupe {

namespace {

std::string_view view_of(const chain_hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

/// A batch of fewer rows brings the rows of its accounts up to date, and some others'.
constexpr std::size_t light_rows = 16;
/// Versions after which an account's row is written in any batch.
constexpr std::uint64_t most_versions_behind = 64;

// An account of the batch: its first append, the newest, and what is known of it.
struct touched_account {
  const account_append* first;
  const account_append* last;
  money balance_before;
  account_head head; // after the batch; number 0: it is not known
  bool is_due = false;

  const journal_row& newest() const { return last->rows.back(); }
};

struct grouped {
  std::vector<touched_account> accounts;
  std::vector<std::size_t> account_of; // of each append
  std::size_t rows = 0;
};

bool enter(const account_append& append, head_book& book, grouped& out) {
  const auto& row = append.rows.front();
  touched_account account{&append, &append, {}, {}, false};
  if (const auto* known = book.find(append.account)) {
    if (known->version != append.expected_version) return false;
    account.head = *known;
    account.balance_before = known->balance;
  } else {
    const auto before = subtract(row.balance_after, row.amount);
    if (!before || (append.expected_version == 0 && !before->is_zero())) return false;
    account.balance_before = *before;
  }
  if (!balances_follow(account.balance_before, append)) return false;
  out.accounts.push_back(account);
  return true;
}

// False when the appends of an account do not follow each other, or what is known of it.
bool group(const std::vector<const account_append*>& appends, head_book& book, grouped& out) {
  std::unordered_map<std::string_view, std::size_t> seen;
  out.account_of.reserve(appends.size());
  for (const auto* append : appends) {
    const auto [it, is_new] = seen.try_emplace(append->account, out.accounts.size());
    out.account_of.push_back(it->second);
    out.rows += append->rows.size();
    if (is_new) {
      if (!enter(*append, book, out)) return false;
    } else {
      auto& account = out.accounts[it->second];
      if (append->expected_version != account.newest().version
          || !balances_follow(account.newest().balance_after, *append))
        return false;
      account.last = append;
    }
    // Whoever loads the account counts on its row being no older than its snapshot.
    out.accounts[it->second].is_due |= !append->snapshot.empty();
  }
  return true;
}

void settle_heads(grouped& groups) {
  for (auto& account : groups.accounts) {
    const auto& row = account.newest();
    auto& head = account.head;
    head.version = row.version;
    head.balance = row.balance_after;
    head.reserved = row.reserved_after;
    head.hash = row.hash;
    account.is_due |= head.number == 0 || groups.rows < light_rows
        || head.version - head.written >= most_versions_behind;
    if (account.is_due) head.written = head.version;
  }
}

// Moves those that are not known to the front, in the order in which they came.
void unknown_first(grouped& groups) {
  std::vector<touched_account> sorted;
  std::vector<std::size_t> place(groups.accounts.size());
  sorted.reserve(groups.accounts.size());
  for (const bool known : {false, true})
    for (std::size_t i = 0; i < groups.accounts.size(); ++i)
      if ((groups.accounts[i].head.number != 0) == known) {
        place[i] = sorted.size();
        sorted.push_back(groups.accounts[i]);
      }
  groups.accounts = std::move(sorted);
  for (auto& of : groups.account_of) of = place[of];
}

// Rows of accounts outside the batch that catch up in it.
using other_heads = std::vector<std::pair<account_id, account_head>>;

other_heads caught_up(const grouped& groups, head_book& book) {
  other_heads out;
  if (groups.rows >= light_rows) return out;
  std::unordered_set<std::string_view> here;
  for (const auto& account : groups.accounts) here.insert(account.first->account);
  for (auto& [id, head] : book.behind(most_caught_up)) {
    if (here.count(id) != 0) continue;
    head.written = head.version;
    out.emplace_back(std::move(id), head);
  }
  return out;
}

// The shards with their epochs, then the epoch of each account in the order of its place.
void add_fence(const shard_epochs& epochs, const grouped& groups, const other_heads& others,
               pg_parameters& out) {
  std::bitset<shard_count> touched;
  for (const auto& account : groups.accounts) touched.set(shard_of(account.first->account));
  for (const auto& [id, head] : others) touched.set(shard_of(id));
  ledger_array shards{ledger_element::int2}, of_shards{ledger_element::int8},
      of_accounts{ledger_element::int8};
  for (std::size_t i = 0; i < touched.size(); ++i)
    if (touched.test(i)) {
      shards.add(static_cast<std::int16_t>(i));
      of_shards.add(static_cast<std::int64_t>(epochs[i]));
    }
  for (const auto& account : groups.accounts)
    of_accounts.add(static_cast<std::int64_t>(epochs[shard_of(account.first->account)]));
  for (auto* array : {&shards, &of_shards, &of_accounts}) out.push_back(array->bytes());
}

// The columns of an account's row.
struct head_arrays {
  ledger_array version{ledger_element::int8}, balance{ledger_element::numeric},
      reserved{ledger_element::numeric}, hash{ledger_element::bytea};

  void add(const account_head& head) {
    version.add(static_cast<std::int64_t>(head.version));
    balance.add(head.balance);
    reserved.add(head.reserved);
    hash.add_bytes(view_of(head.hash));
  }
  void move_to(pg_parameters& out) {
    for (auto* array : {&version, &balance, &reserved, &hash}) out.push_back(array->bytes());
  }
};

void add_accounts(const grouped& groups, const other_heads& others, pg_parameters& out) {
  ledger_array id{ledger_element::text}, shard{ledger_element::int2}, before{ledger_element::int8},
      balance_before{ledger_element::numeric}, number{ledger_element::int8},
      due{ledger_element::int8};
  head_arrays unknown, written;
  const auto write = [&](const account_head& head) {
    due.add(head.number);
    written.add(head);
  };
  for (const auto& account : groups.accounts)
    if (account.head.number == 0) {
      id.add_bytes(account.first->account);
      shard.add(static_cast<std::int16_t>(shard_of(account.first->account)));
      before.add(static_cast<std::int64_t>(account.first->expected_version));
      balance_before.add(account.balance_before);
      unknown.add(account.head);
    } else {
      number.add(account.head.number);
      if (account.is_due) write(account.head);
    }
  for (const auto& other : others) write(other.second);
  for (auto* array : {&id, &shard, &before, &balance_before}) out.push_back(array->bytes());
  unknown.move_to(out);
  for (auto* array : {&number, &due}) out.push_back(array->bytes());
  written.move_to(out);
}

void add_rows(const std::vector<const account_append*>& appends, const grouped& groups,
              pg_parameters& out) {
  ledger_array account{ledger_element::int4}, version{ledger_element::int8},
      at{ledger_element::int8}, content{ledger_element::int8}, kind{ledger_element::int2},
      contra{ledger_element::int2}, scope{ledger_element::int2}, amount{ledger_element::numeric},
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
      scope.add(static_cast<std::int16_t>(scope_of(row.reference)));
      amount.add(row.amount);
      balance.add(row.balance_after);
      reserved.add(row.reserved_after);
      reference.add_bytes(row.reference);
      payload.add_bytes(row.payload);
      hash.add_bytes(view_of(row.hash));
    }
  for (auto* array : {&account, &version, &at, &content, &kind, &contra, &scope, &amount, &balance,
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

bool plan_commit(const lease_claim& claim, const std::vector<const account_append*>& appends,
                 head_book& book, ledger_commit& out) {
  out = {};
  grouped groups;
  if (!group(appends, book, groups)) return false;
  settle_heads(groups);
  unknown_first(groups);
  out.known = caught_up(groups, book);
  out.parameters.push_back(claim.node);
  add_fence(claim.epochs, groups, out.known, out.parameters);
  add_accounts(groups, out.known, out.parameters);
  add_rows(appends, groups, out.parameters);
  add_snapshots(appends, groups, out.parameters);
  for (const auto& account : groups.accounts)
    (account.head.number == 0 ? out.unknown : out.known)
        .emplace_back(account.first->account, account.head);
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
