// The rows of the outbox that the engine is still to be told, by account and in order: whose turn
// it is, who rests after a failure, what the courier knows of each account. Part of the courier;
// it waits for nobody and asks nobody.
#pragma once
#include "models/engine_notice.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>

namespace troupe {

/// A row that waits to be told, or is being told.
struct engine_row {
  account_id account;
  journal_row row;               // the payload of openings only
  std::uint32_t tries = 0;       // that failed, weighed
  std::uint64_t others_told = 0; // by all, at its last failure
};

class engine_rows {
public:
  using position = std::uint64_t;

  explicit engine_rows(std::size_t max_known) : max_known_{max_known} {}

  /// @pre `at` is beyond every position before
  void add(position at, account_id account, journal_row row);

  std::size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  bool somebody_ready() const { return !ready_.empty(); }
  /// The oldest that is not settled. @pre !empty()
  position oldest() const { return rows_.begin()->first; }

  /// The first row of the account whose turn it is; nothing else of it is given out until it is
  /// settled or put back. @pre somebody_ready()
  position take();

  engine_row& at(position p) { return rows_.at(p); }

  /// It is over with this row: the account's next one may follow.
  void settle(position p);

  /// Not now: behind the others, at once or when `rested()` says so; steady milliseconds.
  void put_back(position p);
  void rest(position p, std::int64_t until_ms);
  /// Wakes who has rested enough.
  void rested(std::int64_t now_ms);
  /// How long the next rest of this row's account is: doubled each time until a row is settled.
  std::int64_t next_rest_ms(position p, std::int64_t first_ms, std::int64_t longest_ms);

  /// What is known of an account; null: nothing.
  engine_facts* facts(const account_id& account);
  engine_facts& learn(const account_id& account, const engine_facts& facts);

  void clear();

private:
  struct line {
    std::deque<position> waiting; // the first may be under way
    std::int64_t last_rest_ms = 0;
  };

  std::map<position, engine_row> rows_;
  std::unordered_map<account_id, line> lines_; // those that have rows
  std::deque<account_id> ready_;               // neither under way nor at rest
  std::map<account_id, std::int64_t> resting_;
  std::unordered_map<account_id, engine_facts> known_;
  std::size_t max_known_;
};

} // namespace troupe
