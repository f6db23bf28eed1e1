#include "runtime/stores/postgres/ledger_writer.hpp"

#include "models/journal_batch.hpp"
#include "models/placement.hpp"
#include "runtime/stores/postgres/ledger_arrays.hpp"
#include "runtime/stores/postgres/ledger_columns.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

namespace troupe {

namespace {

/// How often a batch may turn out not to fit: the facts change only when somebody else writes.
constexpr int max_rounds = 3;
/// Accounts whose newest version a lane remembers, about 250 bytes each.
constexpr std::size_t most_heads = 200'000;

const std::vector<ledger_statement>& statements() {
  static const std::vector<ledger_statement> all{
      {"commit",
       "SELECT journal_commit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
       " $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30,"
       " $31, $32, $33, $34, $35)"},
      {"heads",
       "SELECT id, greatest(a.version, j.version), " TROUPE_PG_NEWEST_BALANCE
       " FROM unnest($1::text[]) AS u (id) JOIN accounts a USING (id)" TROUPE_PG_NEWEST_ROW},
      // One search of an index for each, whatever the planner knows of the tables' sizes.
      {"references",
       "SELECT u.id, u.reference FROM unnest($1::text[], $2::text[]) AS u (id, reference),"
       " LATERAL (SELECT FROM journal j"
       " WHERE j.account = (SELECT number FROM accounts a WHERE a.id = u.id)"
       " AND j.reference = u.reference AND " TROUPE_PG_REFERENCE_OF_ACCOUNT " LIMIT 1) k"
       " UNION ALL SELECT '', u.reference FROM unnest($2::text[]) AS u (reference),"
       " LATERAL (SELECT FROM journal j WHERE j.reference = u.reference"
       " AND " TROUPE_PG_REFERENCE_OF_THE_WORLD " LIMIT 1) k"},
      {"kept",
       "SELECT u.n FROM unnest($1::text[], $2::bigint[], $3::bytea[])"
       " WITH ORDINALITY AS u (id, version, hash, n), LATERAL (SELECT FROM journal j"
       " WHERE j.account = (SELECT number FROM accounts a WHERE a.id = u.id)"
       " AND j.version = u.version AND j.hash = u.hash LIMIT 1) k"},
      {"renew",
       "SELECT * FROM leases_renew($1::text, $2::bigint::int, $3::bigint::int, $4::bigint)"},
  };
  return all;
}

std::vector<const account_append*> chosen(const append_batch& batch,
                                          const std::vector<std::size_t>& wanted) {
  std::vector<const account_append*> out;
  out.reserve(wanted.size());
  for (const auto i : wanted) out.push_back(&batch.appends[i]);
  return out;
}

std::vector<std::size_t> everything(const append_batch& batch) {
  std::vector<std::size_t> all(batch.appends.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

// The data itself was refused (SQLSTATE 22 or 23 …): some append of the part is to blame.
bool blames_data(const pg_result& result) {
  return result.outcome == pg_outcome::refused
      && (result.sqlstate.compare(0, 2, "22") == 0 || result.sqlstate.compare(0, 2, "23") == 0);
}

// `{7,8,9}`, as a bigint[] is printed.
void read_numbers(const pqxx::field& printed, ledger_commit& call) {
  const char* at = printed.c_str() + 1;
  const char* const end = printed.c_str() + printed.size();
  for (auto& unknown : call.unknown) {
    const auto read = std::from_chars(at, end, unknown.second.number);
    if (read.ec != std::errc{}) throw std::runtime_error{"unreadable numbers of accounts"};
    at = read.ptr + 1;
  }
}

bool blames_order(const pg_result& result) {
  return result.refused_as(sqlstate::stale) || result.refused_as(sqlstate::unique_violation);
}

} // namespace

ledger_writer::ledger_writer(const std::string& url, std::string node, std::uint32_t lanes,
                             std::uint32_t lane)
    : session_(url, statements()), book_(most_heads), node_(std::move(node)), lanes_(lanes),
      lane_(lane) {}

batch_state ledger_writer::write(append_batch& batch) {
  const auto state = batch.appends.empty() ? catch_up(batch) : write_part(batch, everything(batch));
  batch.any_behind = book_.any_behind();
  return state;
}

// Nothing depends on it: when it fails, the rows stay behind.
batch_state ledger_writer::catch_up(append_batch& batch) {
  bool fits = false;
  const auto result = commit(batch, {}, fits);
  if (result.done()) return batch_state::resolved;
  batch.words = result.words;
  book_.clear();
  return result.outcome == pg_outcome::unknown || result.refused_as(sqlstate::fenced)
      ? batch_state::doubtful
      : batch_state::resolved;
}

// What is known of the accounts holds under the epochs that it was learnt with: whoever else writes
// has another. An outcome that is not known leaves nothing of it.
pg_result ledger_writer::commit(const append_batch& batch, const part& wanted, bool& fits) {
  if (std::exchange(gains_, batch.gains) != batch.gains) book_.clear();
  const auto appends = chosen(batch, wanted);
  ledger_commit call;
  fits = plan_commit({node_, batch.epochs}, appends, book_, call);
  pg_result result;
  if (fits)
    result = session_.attempt([&](pqxx::connection_base& connection) {
      const auto answer = run_statement(connection, "commit", call.parameters);
      read_numbers(answer[0][0], call);
    });
  if (fits && result.done())
    for (auto* heads : {&call.unknown, &call.known})
      for (const auto& [account, head] : *heads) book_.put(account, head);
  else if (result.outcome == pg_outcome::unknown)
    book_.clear();
  else
    for (const auto* append : appends) book_.forget(append->account);
  return result;
}

// Finds out which appends cannot be kept, and why; the others stay wanted.
pg_result ledger_writer::sort_out(append_batch& batch, part& wanted) {
  const auto appends = chosen(batch, wanted);
  batch_facts facts;
  auto result = session_.attempt_twice([&](pqxx::connection_base& connection) {
    for (const auto& row : run_statement(connection, "heads", account_parameters(appends)))
      facts.heads[row[0].c_str()] = {row[1].as<std::uint64_t>(), money_from_pg(row[2].c_str())};
    for (const auto& row : run_statement(connection, "references", reference_parameters(appends)))
      facts.references.insert(batch_facts::key_of(row[0].c_str(), row[1].c_str()));
  });
  if (!result.done()) return result;
  const auto outcomes = judge_batch(appends, std::move(facts));
  part good;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    batch.outcomes[wanted[i]] = outcomes[i];
    if (outcomes[i] == errc::none) good.push_back(wanted[i]);
  }
  wanted = std::move(good);
  return result;
}

batch_state ledger_writer::halve(append_batch& batch, const part& wanted, const pg_result& why) {
  if (wanted.size() == 1 || !blames_data(why)) {
    for (const auto i : wanted) batch.outcomes[i] = errc::store_unavailable;
    batch.words = why.words;
    return batch_state::resolved;
  }
  const auto middle = wanted.begin() + static_cast<std::ptrdiff_t>(wanted.size() / 2);
  const auto first = write_part(batch, {wanted.begin(), middle});
  return first == batch_state::resolved ? write_part(batch, {middle, wanted.end()}) : first;
}

batch_state ledger_writer::write_part(append_batch& batch, part wanted) {
  pg_result result;
  for (int round = 0; round < max_rounds && !wanted.empty(); ++round) {
    bool fits = false;
    result = commit(batch, wanted, fits);
    if (fits && result.done()) {
      for (const auto i : wanted) batch.outcomes[i] = errc::none;
      return batch_state::resolved;
    }
    if (fits && !blames_order(result)) break;
    const auto asked = sort_out(batch, wanted);
    if (asked.done()) continue;
    result = asked;
    break;
  }
  if (wanted.empty()) return batch_state::resolved;
  if (result.outcome == pg_outcome::unknown || result.refused_as(sqlstate::fenced)) {
    batch.words = result.words;
    return batch_state::doubtful;
  }
  return halve(batch, wanted, result);
}

batch_state ledger_writer::settle(append_batch& batch) {
  const auto appends = chosen(batch, everything(batch));
  std::vector<bool> kept(appends.size());
  auto epochs = batch.epochs;
  const auto result = session_.attempt_twice([&](pqxx::connection_base& connection) {
    const auto renewed = run_statement(connection, "renew",
                                       {node_, pg_int8(lanes_), pg_int8(lane_),
                                        pg_int8(static_cast<std::int64_t>(batch.incarnation))});
    for (std::size_t shard = lane_; shard < shard_count; shard += lanes_) epochs[shard] = 0;
    for (const auto& row : renewed)
      epochs[row[0].as<std::size_t>() % shard_count] = row[1].as<std::uint64_t>();
    for (const auto& row : run_statement(connection, "kept", last_row_parameters(appends)))
      kept[row[0].as<std::size_t>() - 1] = true;
  });
  if (!result.done()) {
    batch.words = result.words;
    return batch_state::doubtful;
  }
  bool lost = false;
  for (std::size_t shard = lane_; shard < shard_count; shard += lanes_)
    lost = lost || (batch.epochs[shard] != 0 && epochs[shard] == 0);
  batch.epochs = epochs;
  for (std::size_t i = 0; i < appends.size(); ++i)
    batch.outcomes[i] = kept[i]                      ? errc::none
        : epochs[shard_of(appends[i]->account)] != 0 ? errc::store_unavailable
                                                     : errc::journal_fenced;
  return lost ? batch_state::lost : batch_state::resolved;
}

} // namespace troupe
