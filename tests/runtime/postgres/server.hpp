// A PostgreSQL of the tests' own: made in a temporary folder, listening on a free port of loopback
// and on a socket in that folder, durable as in production, and gone afterwards. As root it runs as
// the user postgres or nobody. The server is never one that is there already.
#pragma once
#include <cstdint>
#include <string>

#include <sys/types.h>

namespace troupe::test {

class postgres_server {
public:
  postgres_server() = default;
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  /// Makes the cluster and starts it. False and `error()` when that fails.
  bool start();

  /// Its address on loopback. The user is a superuser and needs no password.
  std::string url(const std::string& database) const;
  /// The same through the socket in its folder, which is what an embedded set-up would use.
  std::string socket_url(const std::string& database) const;

  /// Makes an empty database with a name of its own and returns its address. A server that a test
  /// which failed left stopped or frozen is started first.
  std::string make_database();

  /// SIGQUIT: all sessions end at once and the next start recovers, as after a crash.
  void stop_immediately();
  /// SIGSTOP and SIGCONT to the postmaster and to every process of a database: it answers nobody,
  /// yet its sockets stay open.
  void freeze(const std::string& database);
  void thaw();
  /// After stop_immediately: the same port, the same data.
  bool start_again();

  /// Ends all sessions of a database and waits until they are gone.
  void terminate_backends(const std::string& database);

  /// First column of the first row, asked in a session of its own. A failed test when it fails.
  std::string ask(const std::string& url, const std::string& sql) const;

  const std::string& error() const { return error_; }

private:
  bool find_programs();
  bool choose_owner();
  bool make_cluster();
  bool launch();
  bool wait_ready();
  bool fail(const std::string& words);
  pid_t spawn(const std::string& program, const std::string& arguments) const;
  std::string log_tail() const;

  std::string programs_, folder_, error_, user_;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int databases_ = 0;
  std::string frozen_; // pids, for kill
};

/// The one server of this test program: started before the first test, stopped after the last.
postgres_server& server();

/// The name of the database in an address made by postgres_server.
std::string database_of(const std::string& url);

} // namespace troupe::test
