#include "runtime/stores/postgres/migrations.hpp"

#include <pqxx/pqxx>

namespace troupe {

namespace embedded {
extern const std::string_view postgres_001_market, postgres_002_ledger,
    postgres_003_users; // config/cmake/embed.cmake
} // namespace embedded

namespace {

// One migrating node at a time, until its transaction ends. The number is "TROUPE" in ASCII; it
// must not be used for anything else. Building an index may take longer than a session's usual
// statement, and so may waiting for the node that builds it.
constexpr std::uint32_t answer_timeout_ms = 600'000;
constexpr const char* take_turn = "SET LOCAL statement_timeout = 0;"
                                  "SET LOCAL lock_timeout = '120s';"
                                  "SET LOCAL idle_in_transaction_session_timeout = '120s';"
                                  "SELECT pg_advisory_xact_lock(92712495042629)";

constexpr const char* make_room = "CREATE TABLE troupe.schema_version ("
                                  "  version    integer PRIMARY KEY,"
                                  "  name       text NOT NULL,"
                                  "  applied_at timestamptz NOT NULL DEFAULT now())";

bool yes(pqxx::work& transaction, const std::string& question) {
  return transaction.exec1("SELECT " + question)[0].as<bool>();
}

// The version of a database; 0 where we have nothing yet; -1 where the schema is not ours.
int version_of(pqxx::work& transaction) {
  if (yes(transaction, "to_regclass('troupe.schema_version') IS NOT NULL"))
    return transaction.exec1("SELECT coalesce(max(version), 0) FROM troupe.schema_version")[0]
        .as<int>();
  return yes(transaction,
             "EXISTS (SELECT FROM pg_class c JOIN pg_namespace n"
             " ON n.oid = c.relnamespace WHERE n.nspname = 'troupe')")
      ? -1
      : 0;
}

void apply(pqxx::work& transaction, const schema::version& next, int version) {
  // An administrator may have made the empty schema for a user who may not.
  if (version == 1 && yes(transaction, "to_regnamespace('troupe') IS NULL"))
    transaction.exec("CREATE SCHEMA troupe");
  if (version == 1) transaction.exec(make_room);
  transaction.exec(std::string{next.sql});
  transaction.exec_params("INSERT INTO troupe.schema_version (version, name) VALUES ($1, $2)",
                          version, std::string{next.name});
}

std::string why_refused(int found, int newest) {
  if (found < 0) return "has a schema troupe that is another program's";
  if (found <= newest) return "";
  return "has schema " + std::to_string(found) + ", newer than this program's "
      + std::to_string(newest) + "; use the program that wrote it";
}

} // namespace

const std::vector<schema::version>& postgres_schema() {
  static const std::vector<schema::version> all{{"market", embedded::postgres_001_market},
                                                {"ledger", embedded::postgres_002_ledger},
                                                {"users", embedded::postgres_003_users}};
  return all;
}

migrated migrate_postgres(pg_session& session, const std::vector<schema::version>& wanted) {
  migrated result;
  const int newest = static_cast<int>(wanted.size());
  std::string refusal;
  for (bool first = true, more = true; more && result.error.empty(); first = false) {
    const auto step = session.attempt(
        [&](pqxx::connection_base& connection) {
          pqxx::work transaction{connection};
          transaction.exec(take_turn);
          const int found = version_of(transaction);
          refusal = why_refused(found, newest);
          if (first) result.from = found;
          result.to = found;
          more = refusal.empty() && found < newest;
          if (!more) return;
          apply(transaction, wanted[static_cast<std::size_t>(found)], found + 1);
          transaction.commit();
          result.to = found + 1;
        },
        answer_timeout_ms);
    if (!step.done()) result.error = step.words;
    if (!refusal.empty()) result.error = session.location() + ": " + refusal;
  }
  return result;
}

} // namespace troupe
