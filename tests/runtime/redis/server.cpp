#include "tests/runtime/redis/server.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace troupe::test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(port);
  return at;
}

// A port that was free a moment ago.
std::uint16_t free_port() {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  auto at = loopback(0);
  socklen_t size = sizeof at;
  const bool good = ::bind(s, reinterpret_cast<sockaddr*>(&at), size) == 0
      && ::getsockname(s, reinterpret_cast<sockaddr*>(&at), &size) == 0;
  ::close(s);
  return good ? ntohs(at.sin_port) : 0;
}

bool listens(std::uint16_t port) {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto at = loopback(port);
  const bool good = ::connect(s, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  ::close(s);
  return good;
}

} // namespace

redis_server::redis_server(std::vector<std::string> options) : options_(std::move(options)) {
  // Somebody may take the port between asking and listening.
  bool up = false;
  for (int tries = 0; tries < 3 && !up; ++tries) {
    port_ = free_port();
    up = !listens(port_) && start();
  }
  EXPECT_TRUE(up) << "redis-server does not start; install it, as ./dev test does";
}

redis_server::~redis_server() { stop(); }

bool redis_server::start() {
  std::vector<std::string> words{
      "redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1",
      "--save",       "",       "--appendonly",        "no",     "--dir",
      "/tmp"};
  words.insert(words.end(), options_.begin(), options_.end());
  std::vector<char*> arguments;
  for (auto& w : words) arguments.push_back(w.data());
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    // However this program ends, its server does not outlive it.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(126);
    const int nowhere = ::open("/dev/null", O_RDWR);
    ::dup2(nowhere, 0);
    ::dup2(nowhere, 1);
    ::dup2(nowhere, 2);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  for (int i = 0; i < 1000 && pid_ > 0; ++i) {
    const bool up = listens(port_);
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    if (up && pid_ > 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return false;
}

void redis_server::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void redis_server::freeze() { ::kill(pid_, SIGSTOP); }
void redis_server::thaw() { ::kill(pid_, SIGCONT); }

} // namespace troupe::test
