// One connection of the PostgreSQL ledger: opened when it is first used and again after it was
// lost, with its statements prepared, and not tried in a loop while the database is away. What the
// statements mean is known to who made it.
#pragma once
#include "runtime/stores/postgres/ledger_batch.hpp"
#include "runtime/stores/postgres/session.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

struct ledger_statement {
  const char* name;
  const char* sql;
};

class ledger_session {
public:
  ledger_session(std::string url, std::vector<ledger_statement> statements);

  /// Opens the connection if need be, then works on it (pg_session::attempt; 0: a few seconds).
  /// While the database is away: `unknown` at once, but for a try every now and then (50 ms,
  /// doubling to 1 s).
  pg_result attempt(const std::function<void(pqxx::connection_base&)>& work,
                    std::uint32_t answer_timeout_ms = 0);

  /// As attempt(), and once more when the connection turns out to be lost: for what may be done
  /// twice.
  pg_result attempt_twice(const std::function<void(pqxx::connection_base&)>& work,
                          std::uint32_t answer_timeout_ms = 0);

private:
  using clock = std::chrono::steady_clock;

  bool open();
  pg_result prepare();

  std::string url_;
  std::vector<ledger_statement> statements_;
  std::unique_ptr<pg_session> session_;
  std::string words_; // why it could not be opened
  clock::time_point next_try_;
  std::chrono::milliseconds pause_{0};
};

/// Runs a prepared statement in a transaction of its own.
pqxx::result run_statement(pqxx::connection_base& connection, const char* name,
                           const pg_parameters& parameters);

} // namespace troupe
