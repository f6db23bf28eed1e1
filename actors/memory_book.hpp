// What journals in memory keep: accounts' rows, dead letters and cursors. One book may be several
// journals' at once, as one database is several nodes'; then it says of each row who wrote it.
#pragma once
#include "messages/cluster.hpp"
#include "messages/journal_types.hpp"

#include <caf/result.hpp>

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe {

/// Not guarded: whoever shares it does so on one thread. Requests are to be well formed
/// (models/journal_rules) before they come here.
class memory_book {
public:
  /// One row of an account, in the order in which all were written.
  struct written {
    const account_id* account; // valid as long as the book
    std::uint64_t version;
    node_name by; // empty where nobody else could
    std::uint64_t epoch;
  };

  /// Keeps it whole, or nothing and says why not: as account_append has it, but for the fence.
  caf::result<appended> keep(account_append& request, const node_name& by = {},
                             std::uint64_t epoch = 0);

  stored_account answer(const load_account& question) const;
  std::vector<journal_row> answer(const get_journal& question) const;
  std::vector<journal_row> answer(const find_reference& question) const;
  ledger_totals answer(const get_trial_balance&) const;
  std::vector<account_id> answer(const get_account_ids& question) const;
  caf::result<std::uint64_t> answer(put_dead_letter& request);
  std::vector<dead_letter> answer(const get_dead_letters& question) const;
  bool answer(const mark_replayed& request);
  std::vector<outbox_row> answer(const get_outbox& question) const;
  caf::result<std::uint64_t> answer(const put_outbox_cursor& request);
  std::uint64_t answer(const get_outbox_cursor& question) const;

  const std::vector<written>& order() const { return order_; }

private:
  struct kept_account {
    std::vector<journal_row> rows; // version n stands at n - 1
    std::unordered_map<reference_id, std::uint64_t> references;
    std::string snapshot;
    std::uint64_t snapshot_version = 0;

    money balance() const { return rows.empty() ? money{} : rows.back().balance_after; }
  };

  const kept_account* find(const account_id& id) const;
  caf::error why_not_next(const account_append& request) const;

  std::map<account_id, kept_account> accounts_;
  std::unordered_set<reference_id> of_the_world_; // references that are unique over all of them
  std::vector<written> order_;                    // position n stands at n - 1
  std::vector<dead_letter> letters_;
  std::uint64_t waiting_letters_ = 0;
  std::map<std::string, std::uint64_t> cursors_;
};

} // namespace troupe
