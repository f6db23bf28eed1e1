#include "runtime/stores/postgres/ledger_reader.hpp"

#include "models/journal_rules.hpp"
#include "runtime/stores/postgres/ledger_columns.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace troupe {

namespace {

/// How long a reader of the outbox waits for batches that run beside each other to end.
constexpr int outbox_tries = 500;
constexpr std::chrono::milliseconds outbox_pause{1};
/// A first trial balance reads the whole journal.
constexpr std::uint32_t totals_timeout_ms = 310'000;

const std::vector<ledger_statement>& statements() {
  static const std::vector<ledger_statement> all{
      {"load_heads",
       "SELECT u.n, a.number, a.version, a.balance, a.reserved, a.hash,"
       " coalesce(s.version, 0), coalesce(s.hash, ''), coalesce(s.state, '')"
       " FROM unnest($1::text[]) WITH ORDINALITY AS u (id, n)"
       " JOIN accounts a ON a.id = u.id LEFT JOIN snapshots s ON s.account = a.number"},
      {"load_rows",
       "SELECT u.n, " TROUPE_PG_LEDGER_ROW
       " FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY"
       " AS u (number, after, n) JOIN journal j ON j.account = u.number"
       " AND j.version > u.after ORDER BY u.n, j.version"},
      {"page",
       "SELECT " TROUPE_PG_LEDGER_ROW " FROM journal j"
       " WHERE j.account = (SELECT number FROM accounts WHERE id = $1::text)"
       " AND j.version >= $2::bigint ORDER BY j.version LIMIT $3::bigint"},
      {"reference",
       "SELECT " TROUPE_PG_LEDGER_ROW " FROM journal j"
       " WHERE j.account = (SELECT number FROM accounts WHERE id = $1::text)"
       " AND j.reference = $2::text AND " TROUPE_PG_REFERENCE_OF_ACCOUNT},
      {"event",
       "SELECT " TROUPE_PG_LEDGER_ROW " FROM journal j"
       " WHERE j.account = (SELECT number FROM accounts WHERE id = $1::text)"
       " AND j.reference = $2::text AND " TROUPE_PG_REFERENCE_OF_THE_WORLD},
      {"ids", "SELECT id FROM accounts WHERE id > $1::text ORDER BY id LIMIT $2::bigint"},
      {"letters",
       "SELECT id, source, reason, body, at, replayed FROM dead_letters"
       " WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"},
      {"put_letter",
       "INSERT INTO dead_letters (source, reason, body, at)"
       " SELECT $1::text, $2::bytea, $3::bytea, $4::bigint WHERE $5::bigint >"
       " (SELECT count(*) FROM (SELECT FROM dead_letters WHERE NOT replayed"
       " LIMIT $5::bigint) w) RETURNING id"},
      {"mark", "UPDATE dead_letters SET replayed = true WHERE id = $1::bigint AND NOT replayed"},
      {"ends", "SELECT outbox_end(), coalesce((SELECT max(position) FROM journal), 0)"},
      {"outbox",
       "SELECT j.position, a.id, " TROUPE_PG_LEDGER_ROW
       " FROM (SELECT * FROM journal WHERE position > $1::bigint"
       " AND position < $2::bigint ORDER BY position LIMIT $3::bigint) j"
       " JOIN accounts a ON a.number = j.account ORDER BY j.position"},
      {"cursor", "SELECT position FROM outbox_cursors WHERE reader = $1::text"},
      {"put_cursor", "SELECT outbox_put($1::text, $2::bigint, $3::bigint)"},
  };
  return all;
}

read_outcome outcome_of(const pg_result& result) {
  if (result.done()) return {};
  return {errc::store_unavailable, result.words};
}

std::string number(std::uint64_t value) { return pg_int8(static_cast<std::int64_t>(value)); }

std::vector<journal_row> ledger_rows(const pqxx::result& rows) {
  std::vector<journal_row> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(ledger_row_at(row, 0));
  return out;
}

// The account's own row may be behind its journal, never behind its snapshot.
void take_newest(stored_account& account) {
  if (account.rows.empty() || account.rows.back().version <= account.version) return;
  const auto& row = account.rows.back();
  account.version = row.version;
  account.balance = row.balance_after;
  account.reserved = row.reserved_after;
  account.hash = row.hash;
}

} // namespace

ledger_reader::ledger_reader(const std::string& url) : session_(url, statements()) {}

read_outcome ledger_reader::load(const std::vector<account_id>& accounts,
                                 std::vector<stored_account>& out) {
  ledger_array ids{ledger_element::text};
  for (const auto& id : accounts) ids.add_bytes(id);
  return outcome_of(session_.attempt_twice([&](pqxx::connection_base& connection) {
    out.assign(accounts.size(), {});
    ledger_array numbers{ledger_element::int8}, after{ledger_element::int8};
    std::vector<stored_account*> found;
    for (const auto& row : run_statement(connection, "load_heads", {ids.bytes()})) {
      auto& account = out[row[0].as<std::size_t>() - 1];
      account.version = row[2].as<std::uint64_t>();
      account.balance = money_at(row[3]);
      account.reserved = money_at(row[4]);
      account.hash = hash_at(row[5]);
      account.snapshot_version = row[6].as<std::uint64_t>();
      account.snapshot_hash = hash_at(row[7]);
      account.snapshot = bytes_at(row[8]);
      numbers.add(row[1].as<std::int64_t>());
      after.add(static_cast<std::int64_t>(account.snapshot_version));
      found.push_back(&account);
    }
    if (found.empty()) return;
    for (const auto& row : run_statement(connection, "load_rows", {numbers.bytes(), after.bytes()}))
      found[row[0].as<std::size_t>() - 1]->rows.push_back(ledger_row_at(row, 1));
    for (auto* account : found) take_newest(*account);
  }));
}

read_outcome ledger_reader::answer(const get_journal& question, std::vector<journal_row>& out) {
  return outcome_of(session_.attempt_twice([&](pqxx::connection_base& connection) {
    out = ledger_rows(
        run_statement(connection, "page",
                      {question.account, number(question.from_version), number(question.limit)}));
  }));
}

read_outcome ledger_reader::answer(const find_reference& question, std::vector<journal_row>& out) {
  return outcome_of(session_.attempt_twice([&](pqxx::connection_base& connection) {
    const auto* statement = is_of_the_world(question.reference) ? "event" : "reference";
    out = ledger_rows(run_statement(connection, statement, {question.account, question.reference}));
  }));
}

read_outcome ledger_reader::answer(const get_account_ids& question, std::vector<account_id>& out) {
  return outcome_of(session_.attempt_twice([&](pqxx::connection_base& connection) {
    out.clear();
    for (const auto& row :
         run_statement(connection, "ids", {question.after, number(question.limit)}))
      out.emplace_back(row[0].c_str());
  }));
}

read_outcome ledger_reader::answer(const get_dead_letters& question,
                                   std::vector<dead_letter>& out) {
  return outcome_of(session_.attempt_twice([&](pqxx::connection_base& connection) {
    out.clear();
    for (const auto& row :
         run_statement(connection, "letters", {number(question.after), number(question.limit)}))
      out.push_back({row[0].as<std::uint64_t>(), row[1].c_str(), bytes_at(row[2]), bytes_at(row[3]),
                     row[4].as<std::int64_t>(), row[5].as<bool>()});
  }));
}

// What was committed when the question came is waited for: a batch beside it may have an earlier
// position and still be running. Where the page may end is asked before the page is read.
read_outcome ledger_reader::answer(const get_outbox& question, std::vector<outbox_row>& out) {
  return outcome_of(session_.attempt_twice([&](pqxx::connection_base& connection) {
    out.clear();
    auto ends = run_statement(connection, "ends", {});
    const auto newest = ends[0][1].as<std::uint64_t>();
    for (int i = 0; i < outbox_tries && ends[0][0].as<std::uint64_t>() <= newest; ++i) {
      std::this_thread::sleep_for(outbox_pause);
      ends = run_statement(connection, "ends", {});
    }
    const auto end = ends[0][0].as<std::uint64_t>();
    for (const auto& row : run_statement(
             connection, "outbox", {number(question.after), number(end), number(question.limit)}))
      out.push_back({row[0].as<std::uint64_t>(), row[1].c_str(), ledger_row_at(row, 2)});
  }));
}

read_outcome ledger_reader::answer(const get_outbox_cursor& question, std::uint64_t& position) {
  return outcome_of(session_.attempt_twice([&](pqxx::connection_base& connection) {
    const auto rows = run_statement(connection, "cursor", {question.reader});
    position = rows.empty() ? 0 : rows[0][0].as<std::uint64_t>();
  }));
}

read_outcome ledger_reader::answer(const put_outbox_cursor& request, std::uint64_t& position) {
  bool refused = false;
  const auto result = session_.attempt_twice([&](pqxx::connection_base& connection) {
    const auto rows = run_statement(
        connection, "put_cursor", {request.reader, number(request.position), number(max_readers)});
    refused = rows[0][0].is_null();
    if (!refused) position = rows[0][0].as<std::uint64_t>();
  });
  if (result.done() && refused)
    return {errc::validation_error, "a position that is not there yet, or too many readers"};
  return outcome_of(result);
}

// Not tried again when the connection is lost: it would be kept twice.
read_outcome ledger_reader::answer(const put_dead_letter& request, std::uint64_t& id) {
  const auto& letter = request.letter;
  bool refused = false;
  const auto result = session_.attempt([&](pqxx::connection_base& connection) {
    const auto rows = run_statement(connection, "put_letter",
                                    {letter.source, letter.reason, letter.body, pg_int8(letter.at),
                                     number(max_waiting_letters)});
    refused = rows.empty();
    if (!refused) id = rows[0][0].as<std::uint64_t>();
  });
  if (result.done() && refused) return {errc::busy, "too many dead letters wait"};
  return outcome_of(result);
}

read_outcome ledger_reader::answer(const mark_replayed& request, bool& marked) {
  return outcome_of(session_.attempt([&](pqxx::connection_base& connection) {
    marked = run_statement(connection, "mark", {number(request.id)}).affected_rows() > 0;
  }));
}

// One snapshot for both sums. Rows below outbox_end() are there for good and are not read again.
read_outcome ledger_reader::answer(const get_trial_balance&, ledger_totals& out) {
  return outcome_of(session_.attempt_twice(
      [&](pqxx::connection_base& connection) {
        pqxx::transaction<pqxx::repeatable_read, pqxx::read_only> transaction{connection};
        transaction.exec("SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on;"
                         "SET LOCAL statement_timeout = '300s'");
        const auto accounts =
            transaction.exec1("SELECT count(*), coalesce(sum(" TROUPE_PG_NEWEST_BALANCE
                              "), 0), outbox_end() FROM accounts a" TROUPE_PG_NEWEST_ROW);
        const auto end = accounts[2].as<std::uint64_t>();
        auto settled = settled_, all = settled_;
        for (const auto& row :
             transaction.exec("SELECT contra, position < " + std::to_string(end)
                              + " AS settled, count(*),"
                                " sum(amount) FROM journal WHERE position >= "
                              + std::to_string(settled_.end) + " GROUP BY 1, 2")) {
          const auto contra = row[0].as<std::size_t>() % 5;
          for (auto* sums : {&all, row[1].as<bool>() ? &settled : nullptr}) {
            if (!sums) continue;
            sums->amount[contra] += money_at(row[3]).units();
            sums->rows += row[2].as<std::uint64_t>();
          }
        }
        transaction.commit();
        settled.end = std::max(settled.end, end);
        settled_ = settled;
        const auto gained = [&](house_account h) {
          return money::from_units(-all.amount[static_cast<std::size_t>(h)]);
        };
        out.accounts = money_at(accounts[1]);
        out.engine = gained(house_account::engine);
        out.market = gained(house_account::market);
        out.payments = gained(house_account::payments);
        out.transit = gained(house_account::transit);
        out.account_count = accounts[0].as<std::uint64_t>();
        out.row_count = all.rows;
        auto difference = out.accounts.units();
        for (const auto amount : all.amount) difference -= amount;
        out.difference = money::from_units(difference);
      },
      totals_timeout_ms));
}

} // namespace troupe
