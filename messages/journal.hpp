// What an account's journal is told and asked. It keeps rows in order, applies each append whole or
// not at all, and proves that nobody else wrote in between; what the rows mean is the account's.
#pragma once
#include "messages/account_events.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

using chain_hash = std::array<std::uint8_t, 32>;

/// Shards accounts are spread over: FNV-1a-64 of the account id, mod 256 (models/placement).
inline constexpr std::uint32_t shard_count = 256;

/// Bounds of what is kept. Beyond: errc::validation_error, and nothing changes.
inline constexpr std::size_t max_append_rows = 1000, max_payload_bytes = 16 * 1024,
                             max_snapshot_bytes = 1024 * 1024, max_letter_bytes = 64 * 1024,
                             max_readers = 100;
/// Dead letters that wait for an admin; further ones are refused: errc::busy.
inline constexpr std::uint64_t max_waiting_letters = 100'000;

/// One row as it is kept. `payload`: the event's canonical bytes (models/account), from which all
/// other columns follow; they stand beside it so that SQL can add them up.
struct journal_row {
  std::uint64_t version = 0;
  utc_ms at = 0;
  reference_id reference; // unique per account, or over all (journal_rules), when not empty
  std::uint64_t content = 0;
  std::uint8_t kind = 0;
  house_account contra = house_account::none;
  money amount, balance_after, reserved_after;
  std::string payload;
  chain_hash hash{}; // H(hash of the row before, payload …): models/ledger
};

/// Rows version expected_version + 1 … of one account. All or nothing; a refused one spoils no
/// other of the same commit. Each balance_after is the balance before plus the amount, and an
/// amount has a contra, so that the books balance by construction: otherwise
/// errc::validation_error.
struct account_append {
  account_id account;
  std::uint64_t expected_version = 0; // 0: the account is new
  std::vector<journal_row> rows;
  std::string snapshot; // the state after the last row in canonical bytes; empty: none this time
};

/// Answer, after the commit. Errors, the first that fits: validation_error (bounds),
/// busy (the queue is full), store_unavailable (nothing was kept, or it is not known: reload),
/// journal_fenced (the shard has another owner), journal_stale (somebody else wrote: reload),
/// idempotency_conflict (a reference is there already), validation_error (the balances do not
/// follow).
struct appended {
  account_id account;
  std::uint64_t version = 0;
};

/// Everything needed to rebuild an account: its newest snapshot and the rows after it. How many
/// those are is up to who appends snapshots.
struct load_account {
  account_id account;
};
struct stored_account {
  std::string snapshot; // empty: none, the rows begin with version 1
  std::uint64_t snapshot_version = 0;
  chain_hash snapshot_hash{};
  std::vector<journal_row> rows; // ascending, those after the snapshot
  // The account's own row: what snapshot and rows must lead to.
  std::uint64_t version = 0; // 0: there is no such account
  money balance, reserved;
  chain_hash hash{};
};

/// Rows of one account, ascending, version >= from_version, at most `limit`.
struct get_journal {
  account_id account;
  std::uint64_t from_version = 1;
  std::uint32_t limit = 1000; // 1 to 10000
};

/// The row that bears a reference; an empty vector when there is none.
struct find_reference {
  account_id account;
  reference_id reference;
};

/// Sums over the whole ledger: of all accounts, and of each house account (the negative of what
/// moved against it). `difference` is 0 at all times.
struct ledger_totals {
  money accounts, engine, market, payments, transit, difference;
  std::uint64_t account_count = 0, row_count = 0;
};
struct get_trial_balance {};

/// Ids of accounts in ascending order, for lists and verification: those after `after`.
struct get_account_ids {
  account_id after;
  std::uint32_t limit = 1000; // 1 to 10000
};

/// A webhook that could not be applied, kept as it came so that an admin can replay it.
struct dead_letter {
  std::uint64_t id = 0; // given by the journal
  std::string source;   // "ml-engine"
  std::string reason;
  std::string body; // the bytes received
  utc_ms at = 0;
  bool replayed = false;
};
/// Keeps a letter; its `id` and `replayed` are not read.
struct put_dead_letter {
  dead_letter letter;
};
/// Letters with id > `after`, ascending, replayed ones too.
struct get_dead_letters {
  std::uint64_t after = 0;
  std::uint32_t limit = 100; // 1 to 1000
};
struct mark_replayed {
  std::uint64_t id = 0;
};

/// The outbox is a cursor over the journal: rows of all accounts in the order they were committed.
struct outbox_row {
  std::uint64_t position = 0; // grows with every commit, without reuse
  account_id account;
  journal_row row;
};
struct get_outbox { // ascending, position > `after`
  std::uint64_t after = 0;
  std::uint32_t limit = 1000; // 1 to 10000
};
/// How far `reader` has delivered. A cursor never goes back; one beyond the newest row is refused
/// (validation_error): it would skip rows to come.
struct put_outbox_cursor {
  std::string reader;
  std::uint64_t position = 0;
};
struct get_outbox_cursor {
  std::string reader;
};

/// How the journal does. `lease`: whether this process may append: "held", "waiting" (another
/// holds it, or the database is away), or "none" where the file's lock is the fence.
struct journal_status {
  std::string kind;     // "sqlite", "postgres", "memory"
  std::string location; // for people, without secrets
  std::string lease = "none";
  std::uint64_t epoch = 0; // of the lease of the first shard; 0: none, or another node's
  std::uint64_t queued_rows = 0, written_rows = 0, commits = 0;
  std::int64_t last_commit_us = 0;
  bool failing = false; // the last transaction was refused or lost
};
struct get_journal_status {};

} // namespace troupe
