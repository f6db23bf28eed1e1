#include "actors/memory_journal.hpp"

#include "models/journal_rules.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace troupe {

namespace {

struct kept_account {
  std::vector<journal_row> rows; // version n stands at n - 1
  std::unordered_map<reference_id, std::uint64_t> references;
  std::string snapshot;
  std::uint64_t snapshot_version = 0;

  money balance() const { return rows.empty() ? money{} : rows.back().balance_after; }
};

struct position {
  const account_id* account; // a key of the map
  std::uint64_t version;
};

struct journal_state {
  static inline const char* name = "memory_journal";

  memory_journal_options options;
  std::map<account_id, kept_account> accounts;
  std::unordered_set<reference_id> of_the_world; // references that are unique over all of them
  std::vector<position> order;                   // position n stands at n - 1
  std::vector<dead_letter> letters;
  std::uint64_t waiting_letters = 0;
  std::map<std::string, std::uint64_t> cursors;

  const kept_account* find(const account_id& id) const {
    const auto it = accounts.find(id);
    return it == accounts.end() ? nullptr : &it->second;
  }

  // True, and counted, when the next one is to fail.
  bool fails(std::atomic<std::uint32_t> journal_faults::*which) const {
    if (!options.faults || (*options.faults).*which == 0) return false;
    --((*options.faults).*which);
    return true;
  }

  caf::error why_not_next(const account_append& request) const {
    const auto* account = find(request.account);
    if ((account ? account->rows.size() : 0) != request.expected_version)
      return caf::make_error(errc::journal_stale, "journal: another version is the newest");
    std::unordered_set<std::string_view> here;
    for (const auto& row : request.rows)
      if (!row.reference.empty()
          && (!here.insert(row.reference).second
              || (account && account->references.count(row.reference) > 0)
              || of_the_world.count(row.reference) > 0))
        return caf::make_error(errc::idempotency_conflict, "journal: the reference is there");
    if (!balances_follow(account ? account->balance() : money{}, request))
      return caf::make_error(errc::validation_error, "journal: balances do not follow");
    return {};
  }

  void keep(account_append& request) {
    const auto it = accounts.try_emplace(request.account).first;
    auto& account = it->second;
    for (auto& row : request.rows) {
      if (!row.reference.empty()) account.references.emplace(row.reference, row.version);
      if (is_of_the_world(row.reference)) of_the_world.insert(row.reference);
      order.push_back({&it->first, row.version});
      account.rows.push_back(std::move(row));
    }
    if (request.snapshot.empty()) return;
    account.snapshot = std::move(request.snapshot);
    account.snapshot_version = account.rows.size();
  }

  caf::result<appended> answer(account_append& request) {
    const auto failed = [] { return caf::make_error(errc::store_unavailable, "told to fail"); };
    if (fails(&journal_faults::before)) return failed();
    if (order.size() + request.rows.size() > options.max_rows)
      return caf::make_error(errc::store_unavailable, "full");
    if (auto error = why_not_next(request)) return error;
    appended done{request.account, request.rows.back().version};
    keep(request);
    if (fails(&journal_faults::after)) return failed();
    return done;
  }

  caf::result<stored_account> answer(const load_account& question) {
    if (fails(&journal_faults::loads))
      return caf::make_error(errc::store_unavailable, "told to fail");
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

  std::vector<journal_row> answer(const get_journal& question) const {
    std::vector<journal_row> out;
    const auto* account = find(question.account);
    for (auto v = question.from_version;
         account && v <= account->rows.size() && out.size() < question.limit; ++v)
      out.push_back(account->rows[v - 1]);
    return out;
  }

  std::vector<journal_row> answer(const find_reference& question) const {
    const auto* account = find(question.account);
    if (!account) return {};
    const auto it = account->references.find(question.reference);
    if (it == account->references.end()) return {};
    return {account->rows[it->second - 1]};
  }

  // Far from overflow: a row moves at most 1e20 units, and 128 bits hold 1.7e38.
  ledger_totals answer(const get_trial_balance&) const {
    int128 own = 0, house[5] = {};
    for (const auto& [id, account] : accounts) {
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
            accounts.size(),
            order.size()};
  }

  std::vector<account_id> answer(const get_account_ids& question) const {
    std::vector<account_id> out;
    for (auto it = accounts.upper_bound(question.after);
         it != accounts.end() && out.size() < question.limit; ++it)
      out.push_back(it->first);
    return out;
  }

  caf::result<std::uint64_t> answer(put_dead_letter& request) {
    if (waiting_letters >= max_waiting_letters)
      return caf::make_error(errc::busy, "journal: too many dead letters wait");
    request.letter.id = letters.size() + 1;
    request.letter.replayed = false;
    letters.push_back(std::move(request.letter));
    ++waiting_letters;
    return std::uint64_t{letters.size()};
  }

  std::vector<dead_letter> answer(const get_dead_letters& question) const {
    const auto from = std::min<std::uint64_t>(question.after, letters.size());
    const auto count = std::min<std::uint64_t>(question.limit, letters.size() - from);
    const auto first = letters.begin() + static_cast<std::ptrdiff_t>(from);
    return {first, first + static_cast<std::ptrdiff_t>(count)};
  }

  bool answer(const mark_replayed& request) {
    if (request.id == 0 || request.id > letters.size() || letters[request.id - 1].replayed)
      return false;
    --waiting_letters;
    return letters[request.id - 1].replayed = true;
  }

  std::vector<outbox_row> answer(const get_outbox& question) const {
    std::vector<outbox_row> out;
    for (auto i = question.after; i < order.size() && out.size() < question.limit; ++i)
      out.push_back(
          {i + 1, *order[i].account, find(*order[i].account)->rows[order[i].version - 1]});
    return out;
  }

  caf::result<std::uint64_t> answer(const put_outbox_cursor& request) {
    if (request.position > order.size())
      return caf::make_error(errc::validation_error, "journal: no such position yet");
    if (cursors.count(request.reader) == 0 && cursors.size() >= max_readers)
      return caf::make_error(errc::validation_error, "journal: too many readers");
    auto& kept = cursors[request.reader];
    return kept = std::max(kept, request.position);
  }

  std::uint64_t answer(const get_outbox_cursor& question) const {
    const auto it = cursors.find(question.reader);
    return it == cursors.end() ? 0 : it->second;
  }
};

using journal_pointer = journal_actor::stateful_pointer<journal_state>;

template<class Answer, class Request>
auto answered(journal_pointer self) {
  return [self](Request& request) -> caf::result<Answer> {
    if (auto why = why_refused(request); !why.empty())
      return caf::make_error(errc::validation_error, "journal: " + why);
    return self->state.answer(request);
  };
}

journal_actor::behavior_type memory_journal(journal_pointer self,
                                            const memory_journal_options& options) {
  self->state.options = options;
  return {
      answered<appended, account_append>(self),
      answered<stored_account, load_account>(self),
      answered<std::vector<journal_row>, get_journal>(self),
      answered<std::vector<journal_row>, find_reference>(self),
      [=](get_trial_balance question) { return self->state.answer(question); },
      answered<std::vector<account_id>, get_account_ids>(self),
      answered<std::uint64_t, put_dead_letter>(self),
      answered<std::vector<dead_letter>, get_dead_letters>(self),
      answered<bool, mark_replayed>(self),
      answered<std::vector<outbox_row>, get_outbox>(self),
      answered<std::uint64_t, put_outbox_cursor>(self),
      answered<std::uint64_t, get_outbox_cursor>(self),
      [=](get_journal_status) {
        journal_status out;
        out.kind = out.location = "memory";
        out.written_rows = self->state.order.size();
        return out;
      },
      [](caf::flush_atom) {},
  };
}

} // namespace

journal_actor spawn_memory_journal(caf::actor_system& system,
                                   const memory_journal_options& options) {
  return system.spawn(memory_journal, options);
}

} // namespace troupe
