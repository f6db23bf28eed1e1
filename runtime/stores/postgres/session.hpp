// One connection to PostgreSQL as the stores want it: with its own settings, never renewed behind
// anybody's back, and every failure told as one of two things: refused, or nobody knows. Blocking,
// for one thread at a time (a detached actor). No table is known here and nothing is tried again.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pqxx {
class connection_base;
} // namespace pqxx

namespace troupe {

/// SQLSTATEs that somebody acts upon. LE… are raised by our own functions.
namespace sqlstate {
inline constexpr std::string_view unique_violation = "23505";
inline constexpr std::string_view serialization_failure = "40001";
inline constexpr std::string_view deadlock_detected = "40P01";
inline constexpr std::string_view lock_not_available = "55P03"; // lock_timeout passed
inline constexpr std::string_view query_canceled = "57014";     // statement_timeout passed
inline constexpr std::string_view fenced = "LE001";             // another epoch owns the shard
inline constexpr std::string_view stale = "LE003";              // another version than expected
} // namespace sqlstate

/// How a piece of work on the database ended.
enum class pg_outcome : std::uint8_t {
  done,
  refused, // the server said no (`sqlstate`) and kept nothing of the transaction
  unknown  // the connection is gone: what was sent may have been kept, or may yet be
};

struct pg_result {
  pg_outcome outcome = pg_outcome::done;
  std::string sqlstate; // of a refusal, five characters
  std::string words;    // of a failure, one line for people, without password
  bool done() const { return outcome == pg_outcome::done; }
  bool refused_as(std::string_view code) const {
    return outcome == pg_outcome::refused && sqlstate == code;
  }
  /// Nothing was wrong with the work itself: another transaction was in its way.
  bool may_succeed_again() const;
};

/// Of the server's session, and of the socket. The address's own parameters go before the latter.
struct pg_session_options {
  std::uint32_t connect_timeout_s = 2; // per host address; libpq takes no less
  std::uint32_t tcp_user_timeout_ms = 5'000;
  std::uint32_t idle_in_transaction_timeout_ms = 1'000;
  std::uint32_t lock_timeout_ms = 3'000;
  std::uint32_t statement_timeout_ms = 10'000;
  /// Of a whole attempt, on this side: a server that is silent for longer is taken for lost. At
  /// least statement_timeout_ms, or a slow statement is not known to be refused.
  std::uint32_t answer_timeout_ms = 12'000;
  std::string application_name = "troupe";
  /// More parameters of the server, set once connected: names and values.
  std::vector<std::pair<std::string, std::string>> settings = {};
};

class pg_session {
public:
  /// Connects, with search_path `troupe`, UTF-8, UTC and synchronous commits. `url`: what libpq
  /// takes (`postgres://user:password@host:5432/database`, `host=… dbname=…`). Null and `error`
  /// (one line, without password) when it cannot be read or nobody answers within the timeout.
  static std::unique_ptr<pg_session> open(const std::string& url, const pg_session_options& options,
                                          std::string& error);
  ~pg_session();
  pg_session(const pg_session&) = delete;
  pg_session& operator=(const pg_session&) = delete;

  /// Registers a statement with the server at once.
  pg_result prepare(const std::string& name, const std::string& sql);

  /// Runs `work`, which opens and commits its own pqxx transactions, and translates what it throws;
  /// nothing escapes. An unknown outcome ends the session: later attempts fail without being sent.
  /// `answer_timeout_ms` instead of the session's own for what is known to take longer; 0: its own.
  pg_result attempt(const std::function<void(pqxx::connection_base&)>& work,
                    std::uint32_t answer_timeout_ms = 0);

  bool is_open() const;

  /// Number of the server's process of this session, for pg_terminate_backend.
  int backend_pid() const;

  /// Where it is connected to, for people: `postgres://user@host:port/database`.
  const std::string& location() const;

private:
  struct parts;
  explicit pg_session(std::unique_ptr<parts> made);
  std::unique_ptr<parts> parts_;
};

/// An address without its secrets: `postgres://user@host:port/database`; of one that cannot be read
/// only `postgres://…`.
std::string pg_location(const std::string& url);

} // namespace troupe
