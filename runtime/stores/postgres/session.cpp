#include "runtime/stores/postgres/session.hpp"

#include "runtime/stores/postgres/address.hpp"
#include "runtime/stores/postgres/watch.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

// libpq and the server write several lines; a log wants one.
std::string one_line(std::string words) {
  while (!words.empty() && (words.back() == '\n' || words.back() == ' ')) words.pop_back();
  std::replace(words.begin(), words.end(), '\n', ' ');
  return words;
}

// The server ended the session, or says so while it ends it: whether a commit went before is open.
bool ends_session(const std::string& code) {
  return code.empty() || code.compare(0, 2, "08") == 0 || code == "25P03" // idle in transaction
      || (code.compare(0, 3, "57P") == 0);                                // shut down, killed
}

pg_result unknown(const std::exception& e) { return {pg_outcome::unknown, {}, one_line(e.what())}; }

pg_result refused(std::string_view code, const std::exception& e) {
  return {pg_outcome::refused, std::string{code},
          one_line(e.what()) + " (SQLSTATE " + std::string{code} + ")"};
}

// The one place where libpqxx's exceptions mean something. Those of class 40 carry no SQLSTATE; a
// lost connection has many faces (failure, broken_connection, in_doubt_error, sql_error without a
// code), so whatever is not clearly a refusal is unknown.
pg_result translated(const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const pqxx::serialization_failure& e) {
    return refused(sqlstate::serialization_failure, e);
  } catch (const pqxx::deadlock_detected& e) {
    return refused(sqlstate::deadlock_detected, e);
  } catch (const pqxx::sql_error& e) {
    return ends_session(e.sqlstate()) ? unknown(e) : refused(e.sqlstate(), e);
  } catch (const std::exception& e) {
    return unknown(e);
  }
}

// One statement that sets everything.
std::string set_text(pqxx::connection_base& connection, const pg_session_options& options) {
  auto all = options.settings;
  const auto ms = [&](const char* name, std::uint32_t value) {
    all.emplace_back(name, std::to_string(value));
  };
  ms("idle_in_transaction_session_timeout", options.idle_in_transaction_timeout_ms);
  ms("lock_timeout", options.lock_timeout_ms);
  ms("statement_timeout", options.statement_timeout_ms);
  for (const auto& [name, value] :
       {std::pair{"search_path", "troupe"}, std::pair{"synchronous_commit", "on"},
        std::pair{"timezone", "UTC"}, std::pair{"client_min_messages", "warning"},
        std::pair{"bytea_output", "hex"}, std::pair{"extra_float_digits", "1"},
        std::pair{"default_transaction_isolation", "read committed"}})
    all.emplace_back(name, value);
  std::string out = "SELECT";
  for (const auto& [name, value] : all)
    out += (out.size() > 6 ? ", set_config(" : " set_config(") + connection.quote(name) + ", "
        + connection.quote(value) + ", false)";
  return out;
}

// A lost session that libpqxx brought back would come without its settings and statements.
void never_reconnect(pqxx::connection_base& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true); // deprecated since 7 cannot reconnect at all
#pragma GCC diagnostic pop
}

} // namespace

bool pg_result::may_succeed_again() const {
  return refused_as(sqlstate::serialization_failure) || refused_as(sqlstate::deadlock_detected)
      || refused_as(sqlstate::lock_not_available);
}

struct pg_session::parts {
  std::string location;
  std::uint32_t answer_timeout_ms = 0;
  std::unique_ptr<pqxx::connection> connection; // null once lost
  std::unique_ptr<pg_watch> watch;
  int backend_pid = 0;
};

pg_session::pg_session(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
pg_session::~pg_session() = default;

std::unique_ptr<pg_session>
pg_session::open(const std::string& url, const pg_session_options& options, std::string& error) {
  const auto address = read_pg_address(url, options);
  if (!address) {
    error = "not a PostgreSQL address (postgres://user:password@host:5432/database)";
    return nullptr;
  }
  auto made = std::make_unique<parts>();
  made->location = address->location;
  made->answer_timeout_ms = options.answer_timeout_ms;
  auto result = translated([&] {
    made->connection = std::make_unique<pqxx::connection>(address->connection);
    never_reconnect(*made->connection);
    made->watch = std::make_unique<pg_watch>(made->connection->sock());
    made->backend_pid = made->connection->backendpid();
  });
  if (!result.done()) {
    error = made->location + ": " + result.words;
    return nullptr;
  }
  std::unique_ptr<pg_session> session{new pg_session{std::move(made)}};
  result = session->attempt([&](pqxx::connection_base& connection) {
    pqxx::nontransaction{connection}.exec(set_text(connection, options));
  });
  if (result.done()) return session;
  error = result.words;
  return nullptr;
}

pg_result pg_session::attempt(const std::function<void(pqxx::connection_base&)>& work,
                              std::uint32_t answer_timeout_ms) {
  if (!is_open()) return {pg_outcome::unknown, {}, location() + ": the connection is closed"};
  const auto limit = answer_timeout_ms > 0 ? answer_timeout_ms : parts_->answer_timeout_ms;
  parts_->watch->begin(std::chrono::milliseconds{limit});
  auto result = translated([&] { work(*parts_->connection); });
  if (parts_->watch->end() && !result.done())
    result.words = "no answer within " + std::to_string(limit) + " ms";
  if (!result.done()) result.words = location() + ": " + result.words;
  if (result.outcome == pg_outcome::unknown) {
    parts_->watch.reset(); // it holds the socket too
    parts_->connection.reset();
  }
  return result;
}

pg_result pg_session::prepare(const std::string& name, const std::string& sql) {
  return attempt([&](pqxx::connection_base& connection) {
    connection.prepare(name, sql);
    connection.prepare_now(name);
  });
}

bool pg_session::is_open() const { return parts_->connection && parts_->connection->is_open(); }
int pg_session::backend_pid() const { return parts_->backend_pid; }
const std::string& pg_session::location() const { return parts_->location; }

} // namespace troupe
