// A session that is opened again when it was lost: only when something is asked of it, and not more
// often than its backoff allows. For work that is safe to repeat; the journal, which must first
// find out what became of a batch, has rules of its own.
#pragma once
#include "runtime/stores/postgres/session.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// Prepared in every session under its name.
struct pg_statement {
  std::string name, sql;
};

struct pg_link_options {
  pg_session_options session;
  /// After the second failure in a row: how long nothing is tried, doubled by each further one.
  std::uint32_t backoff_ms = 100, backoff_max_ms = 5'000;
};

class pg_link {
public:
  pg_link(std::string url, std::vector<pg_statement> statements, pg_link_options options);

  /// Runs `work`, if need be in a new session, and again when its session was lost under it (once)
  /// or another transaction was in its way (a few times). `done` means that one run of it went
  /// well; what the runs before it did must not matter.
  pg_result repeatable(const std::function<void(pqxx::connection_base&)>& work);

  /// How many sessions there were: what was learnt in an earlier one may no longer be so.
  std::uint64_t generation() const { return generation_; }

private:
  using steady = std::chrono::steady_clock;

  pg_result connect();
  void note(const pg_result& result);

  std::string url_;
  std::vector<pg_statement> statements_;
  pg_link_options options_;
  std::unique_ptr<pg_session> session_;
  std::uint64_t generation_ = 0;
  std::uint32_t failures_ = 0; // in a row
  steady::time_point not_before_{};
  std::string last_words_;
};

} // namespace troupe
