// Writes batches of appends to PostgreSQL, one at a time and blocking: a lane of the journal. Each
// batch is one call of journal_commit(); one that does not go in is sorted out here, so that an
// append which is refused fails alone. Remembers the newest versions of its accounts, which nobody
// else may write. When batches are made, and what is done about a lost lease,
// is the journal's.
#pragma once
#include "messages/errors.hpp"
#include "runtime/stores/postgres/ledger_session.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

struct append_batch {
  std::vector<account_append> appends;
  std::vector<errc> outcomes; // of each; `none`: kept
  shard_epochs epochs{};      // to be compared by the fence
  std::uint64_t gains = 0;    // changes when a shard is owned anew: heads may be old
  std::uint64_t incarnation = 0;
  std::string words;        // of a failure, one line for people
  std::int64_t took_us = 0; // of the last call
  bool any_behind = false;  // after it: a batch without appends would bring rows up to date
};

enum class batch_state : std::uint8_t {
  resolved, // every append has its outcome
  doubtful, // fenced, or the connection was lost: settle() finds out
  lost      // resolved, and some shard has another owner: its epoch is 0
};

class ledger_writer {
public:
  /// `lane` of `lanes`: whose shards it writes, shard % lanes == lane.
  ledger_writer(const std::string& url, std::string node, std::uint32_t lanes, std::uint32_t lane);

  /// Without appends: rows of accounts that are behind catch up, some at a time.
  /// @pre outcomes has a place for each append
  batch_state write(append_batch& batch);

  /// After a doubtful batch. Takes the lane's next epochs first, so that nothing of it can be kept
  /// any more, then looks: what is there is `none`, the rest store_unavailable, or journal_fenced
  /// where the shard is lost. `epochs` of the lane become the new ones. Doubtful while the database
  /// is away.
  batch_state settle(append_batch& batch);

private:
  using part = std::vector<std::size_t>; // indices into a batch's appends

  batch_state write_part(append_batch& batch, part wanted);
  batch_state halve(append_batch& batch, const part& wanted, const pg_result& why);
  batch_state catch_up(append_batch& batch);
  pg_result commit(const append_batch& batch, const part& wanted, bool& fits);
  pg_result sort_out(append_batch& batch, part& wanted);

  ledger_session session_;
  head_book book_;
  std::uint64_t gains_ = 0; // of the book
  std::string node_;
  std::uint32_t lanes_, lane_;
};

} // namespace troupe
