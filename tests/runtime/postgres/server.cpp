#include "tests/runtime/postgres/server.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <arpa/inet.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace troupe::test {

namespace fs = std::filesystem;
using steady = std::chrono::steady_clock;

namespace {

// A port that was free a moment ago; the server says so if it no longer is.
std::uint16_t free_port() {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  const bool good = ::bind(s, reinterpret_cast<sockaddr*>(&at), size) == 0
      && ::getsockname(s, reinterpret_cast<sockaddr*>(&at), &size) == 0;
  ::close(s);
  return good ? ntohs(at.sin_port) : 0;
}

// The exit status; a signal counts as 128 and more.
int wait_for(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) < 0) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// True once `done` says so, asked again and again within `limit`.
template<class Done>
bool eventually(std::chrono::seconds limit, Done done) {
  const auto end = steady::now() + limit;
  while (!done()) {
    if (steady::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

// In memory where there is room: what a crash of the server leaves is the same, and no disk has to
// be waited for. $TMPDIR decides otherwise.
fs::path place_for_folder() {
  const fs::path memory = "/dev/shm";
  std::error_code absent;
  const auto room = fs::space(memory, absent).available;
  const bool roomy = !absent && room > (std::uintmax_t{2} << 30);
  return !::getenv("TMPDIR") && roomy ? memory : fs::temp_directory_path();
}

} // namespace

postgres_server::~postgres_server() {
  thaw();
  stop_immediately();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

bool postgres_server::fail(const std::string& words) {
  error_ = words;
  return false;
}

// Debian keeps the server's programs off the path, one folder per version.
bool postgres_server::find_programs() {
  std::vector<std::string> found;
  std::error_code ignored;
  for (auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored))
    if (fs::exists(version.path() / "bin/initdb")) found.push_back(version.path() / "bin");
  std::istringstream path{::getenv("PATH") ? ::getenv("PATH") : ""};
  for (std::string folder; std::getline(path, folder, ':');)
    if (found.empty() && fs::exists(folder + "/initdb")) found.push_back(folder);
  if (found.empty())
    return fail("no PostgreSQL server programs (initdb) in /usr/lib/postgresql or on the PATH; "
                "install postgresql-15, as ./dev test does");
  programs_ = *std::max_element(found.begin(), found.end());
  return true;
}

// PostgreSQL refuses to run as root.
bool postgres_server::choose_owner() {
  uid_ = ::geteuid();
  gid_ = ::getegid();
  if (uid_ == 0) {
    const auto* who = ::getpwnam("postgres");
    if (!who) who = ::getpwnam("nobody");
    if (!who) return fail("runs as root and finds no user postgres or nobody");
    uid_ = who->pw_uid;
    gid_ = who->pw_gid;
  }
  return true;
}

pid_t postgres_server::spawn(const std::string& program, const std::string& arguments) const {
  const auto line = "exec " + programs_ + "/" + program + " " + arguments + " >>" + folder_
      + "/log 2>&1 </dev/null";
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  if (::geteuid() == 0
      && (::setgroups(0, nullptr) != 0 || ::setgid(gid_) != 0 || ::setuid(uid_) != 0))
    ::_exit(126);
  // However this program ends, its server does not outlive it.
  if (::prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0 || ::getppid() != parent) ::_exit(126);
  if (::chdir("/") != 0) ::_exit(126);
  ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
  ::_exit(127);
}

bool postgres_server::make_cluster() {
  auto name = (place_for_folder() / "troupe-pg-XXXXXX").string();
  if (!::mkdtemp(name.data())) return fail("cannot make a folder in " + name);
  folder_ = name;
  if (::chown(folder_.c_str(), uid_, gid_) != 0) return fail("cannot give " + folder_ + " away");
  const auto pid = spawn("initdb",
                         "-D " + folder_
                             + "/data -U troupe -A trust -E UTF8"
                               " --locale=C --no-sync --no-instructions");
  if (wait_for(pid) != 0) return fail("initdb failed:\n" + log_tail());
  return true;
}

bool postgres_server::launch() {
  pid_ = spawn("postgres",
               "-D " + folder_ + "/data -k " + folder_ + " -p " + std::to_string(port_)
                   + " -c listen_addresses=127.0.0.1 -c max_connections=60"
                     " -c shared_buffers=128MB -c fsync=on -c synchronous_commit=on"
                     " -c full_page_writes=on -c timezone=UTC -c autovacuum_naptime=10s");
  return pid_ > 0 && wait_ready();
}

bool postgres_server::wait_ready() {
  const auto address = url("postgres") + "?connect_timeout=2";
  const bool up = eventually(std::chrono::seconds{60}, [&] {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ < 0 || PQping(address.c_str()) == PQPING_OK;
  });
  return (up && pid_ > 0) || fail("PostgreSQL did not start:\n" + log_tail());
}

bool postgres_server::start() {
  if (!find_programs() || !choose_owner() || !make_cluster()) return false;
  // Somebody may take the port between asking and listening.
  for (int tries = 0; tries < 3; ++tries) {
    port_ = free_port();
    if (launch()) return true;
  }
  return false;
}

bool postgres_server::start_again() { return launch(); }

void postgres_server::stop_immediately() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGQUIT);
  wait_for(pid_);
  pid_ = -1;
}

std::string postgres_server::url(const std::string& database) const {
  return "postgres://troupe@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::string postgres_server::socket_url(const std::string& database) const {
  return "host=" + folder_ + " port=" + std::to_string(port_) + " user=troupe dbname=" + database;
}

std::string postgres_server::ask(const std::string& address, const std::string& sql) const {
  auto* const connection = PQconnectdb(address.c_str());
  auto* const rows = PQexec(connection, sql.c_str());
  const auto status = PQresultStatus(rows);
  EXPECT_TRUE(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
      << PQerrorMessage(connection) << sql;
  std::string out;
  if (status == PGRES_TUPLES_OK && PQntuples(rows) > 0) out = PQgetvalue(rows, 0, 0);
  PQclear(rows);
  PQfinish(connection);
  return out;
}

std::string postgres_server::make_database() {
  thaw();
  if (pid_ <= 0) EXPECT_TRUE(start_again()) << error_;
  const auto name = "test_" + std::to_string(++databases_);
  ask(url("postgres"), "CREATE DATABASE " + name);
  return url(name);
}

void postgres_server::terminate_backends(const std::string& database) {
  ask(url("postgres"),
      "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
      " WHERE datname = '"
          + database + "'");
}

void postgres_server::freeze(const std::string& database) {
  frozen_ = ask(url("postgres"),
                "SELECT coalesce(string_agg(pid::text, ' '), '') FROM"
                " pg_stat_activity WHERE datname = '"
                    + database + "'");
  frozen_ += " " + std::to_string(pid_);
  std::istringstream pids{frozen_};
  for (pid_t pid = 0; pids >> pid;) ::kill(pid, SIGSTOP);
}

void postgres_server::thaw() {
  std::istringstream pids{std::exchange(frozen_, {})};
  for (pid_t pid = 0; pids >> pid;) ::kill(pid, SIGCONT);
}

std::string postgres_server::log_tail() const {
  std::ifstream in{folder_ + "/log"};
  const std::string all{std::istreambuf_iterator<char>{in}, {}};
  return all.size() < 2000 ? all : all.substr(all.size() - 2000);
}

std::string database_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }

namespace {

postgres_server* running = nullptr;

class server_of_all : public testing::Environment {
  void SetUp() override {
    running = new postgres_server;
    if (!running->start()) {
      std::fprintf(stderr, "test_postgres: %s\n", running->error().c_str());
      FAIL() << running->error();
    }
  }
  void TearDown() override {
    delete running;
    running = nullptr;
  }
};

const auto* const registered = testing::AddGlobalTestEnvironment(new server_of_all);

} // namespace

postgres_server& server() { return *running; }

} // namespace troupe::test
