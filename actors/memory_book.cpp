#include "actors/memory_book.hpp"

#include "messages/types.hpp"
#include "models/journal_rules.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace troupe {

const memory_book::kept_account* memory_book::find(const account_id& id) const {
  const auto it = accounts_.find(id);
  return it == accounts_.end() ? nullptr : &it->second;
}

caf::error memory_book::why_not_next(const account_append& request) const {
  const auto* account = find(request.account);
  if ((account ? account->rows.size() : 0) != request.expected_version)
    return caf::make_error(errc::journal_stale, "journal: another version is the newest");
  std::unordered_set<std::string_view> here;
  for (const auto& row : request.rows)
    if (!row.reference.empty()
        && (!here.insert(row.reference).second
            || (account && account->references.count(row.reference) > 0)
            || of_the_world_.count(row.reference) > 0))
      return caf::make_error(errc::idempotency_conflict, "journal: the reference is there");
  if (!balances_follow(account ? account->balance() : money{}, request))
    return caf::make_error(errc::validation_error, "journal: balances do not follow");
  return {};
}

caf::result<appended> memory_book::keep(account_append& request, const node_name& by,
                                        std::uint64_t epoch) {
  if (auto error = why_not_next(request)) return error;
  appended done{request.account, request.rows.back().version};
  const auto it = accounts_.try_emplace(request.account).first;
  auto& account = it->second;
  for (auto& row : request.rows) {
    if (!row.reference.empty()) account.references.emplace(row.reference, row.version);
    if (is_of_the_world(row.reference)) of_the_world_.insert(row.reference);
    order_.push_back({&it->first, row.version, by, epoch});
    account.rows.push_back(std::move(row));
  }
  if (!request.snapshot.empty()) {
    account.snapshot = std::move(request.snapshot);
    account.snapshot_version = account.rows.size();
  }
  return done;
}

stored_account memory_book::answer(const load_account& question) const {
  stored_account out;
  const auto* account = find(question.account);
  if (!account) return out;
  const auto from = account->snapshot_version;
  out.snapshot = account->snapshot;
  out.snapshot_version = from;
  if (from > 0) out.snapshot_hash = account->rows[from - 1].hash;
  out.rows.assign(account->rows.begin() + static_cast<std::ptrdiff_t>(from), account->rows.end());
  const auto& newest = account->rows.back();
  out.version = newest.version;
  out.balance = newest.balance_after;
  out.reserved = newest.reserved_after;
  out.hash = newest.hash;
  return out;
}

std::vector<journal_row> memory_book::answer(const get_journal& question) const {
  std::vector<journal_row> out;
  const auto* account = find(question.account);
  for (auto v = question.from_version;
       account && v <= account->rows.size() && out.size() < question.limit; ++v)
    out.push_back(account->rows[v - 1]);
  return out;
}

std::vector<journal_row> memory_book::answer(const find_reference& question) const {
  const auto* account = find(question.account);
  if (!account) return {};
  const auto it = account->references.find(question.reference);
  if (it == account->references.end()) return {};
  return {account->rows[it->second - 1]};
}

// Far from overflow: a row moves at most 1e20 units, and 128 bits hold 1.7e38.
ledger_totals memory_book::answer(const get_trial_balance&) const {
  int128 own = 0, house[5] = {};
  for (const auto& [id, account] : accounts_) {
    own += account.balance().units();
    for (const auto& row : account.rows)
      house[static_cast<std::size_t>(row.contra)] -= row.amount.units();
  }
  const auto of = [&](house_account h) {
    return money::from_units(house[static_cast<std::size_t>(h)]);
  };
  return {money::from_units(own),
          of(house_account::engine),
          of(house_account::market),
          of(house_account::payments),
          of(house_account::transit),
          money::from_units(own + house[1] + house[2] + house[3] + house[4]),
          accounts_.size(),
          order_.size()};
}

std::vector<account_id> memory_book::answer(const get_account_ids& question) const {
  std::vector<account_id> out;
  for (auto it = accounts_.upper_bound(question.after);
       it != accounts_.end() && out.size() < question.limit; ++it)
    out.push_back(it->first);
  return out;
}

caf::result<std::uint64_t> memory_book::answer(put_dead_letter& request) {
  if (waiting_letters_ >= max_waiting_letters)
    return caf::make_error(errc::busy, "journal: too many dead letters wait");
  request.letter.id = letters_.size() + 1;
  request.letter.replayed = false;
  letters_.push_back(std::move(request.letter));
  ++waiting_letters_;
  return std::uint64_t{letters_.size()};
}

std::vector<dead_letter> memory_book::answer(const get_dead_letters& question) const {
  const auto from = std::min<std::uint64_t>(question.after, letters_.size());
  const auto count = std::min<std::uint64_t>(question.limit, letters_.size() - from);
  const auto first = letters_.begin() + static_cast<std::ptrdiff_t>(from);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

bool memory_book::answer(const mark_replayed& request) {
  if (request.id == 0 || request.id > letters_.size() || letters_[request.id - 1].replayed)
    return false;
  --waiting_letters_;
  return letters_[request.id - 1].replayed = true;
}

std::vector<outbox_row> memory_book::answer(const get_outbox& question) const {
  std::vector<outbox_row> out;
  for (auto i = question.after; i < order_.size() && out.size() < question.limit; ++i)
    out.push_back(
        {i + 1, *order_[i].account, find(*order_[i].account)->rows[order_[i].version - 1]});
  return out;
}

caf::result<std::uint64_t> memory_book::answer(const put_outbox_cursor& request) {
  if (request.position > order_.size())
    return caf::make_error(errc::validation_error, "journal: no such position yet");
  if (cursors_.count(request.reader) == 0 && cursors_.size() >= max_readers)
    return caf::make_error(errc::validation_error, "journal: too many readers");
  auto& kept = cursors_[request.reader];
  return kept = std::max(kept, request.position);
}

std::uint64_t memory_book::answer(const get_outbox_cursor& question) const {
  const auto it = cursors_.find(question.reader);
  return it == cursors_.end() ? 0 : it->second;
}

} // namespace troupe
