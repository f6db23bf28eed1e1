// What a supervisor hears over its socket.
#include "runtime/supervisor.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace troupe {

namespace {

using namespace std::chrono_literals;

struct supervised : ::testing::Test {
  supervised() {
    char made[] = "/tmp/troupe-notify-XXXXXX";
    folder = ::mkdtemp(made);
    path = folder + "/socket";
    socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::strncpy(at.sun_path, path.c_str(), sizeof at.sun_path - 1);
    EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  }
  ~supervised() override {
    for (auto name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::close(socket);
    std::filesystem::remove_all(folder);
  }
  std::string hear() const {
    pollfd waits{socket, POLLIN, 0};
    if (::poll(&waits, 1, 0) != 1) return "";
    char words[256];
    const auto size = ::recv(socket, words, sizeof words, 0);
    return {words, static_cast<std::size_t>(size)};
  }
  std::string folder, path;
  int socket = -1;
};

TEST_F(supervised, is_told_that_it_serves_lives_and_stops) {
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  const auto by = supervisor::of_environment();
  by.ready("serving");
  EXPECT_EQ(hear(), "READY=1\nSTATUS=serving");
  by.alive();
  EXPECT_EQ(hear(), "WATCHDOG=1");
  by.stopping();
  EXPECT_EQ(hear().rfind("STOPPING=1", 0), 0u);
}

TEST_F(supervised, wants_to_hear_twice_in_the_time_it_waits) {
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(supervisor::of_environment().pace(), 1500ms);
  ::setenv("WATCHDOG_PID", "1", 1); // of another process
  EXPECT_EQ(supervisor::of_environment().pace(), 0ms);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(supervisor::of_environment().pace(), 1500ms);
}

TEST_F(supervised, nobody_is_told_anything_when_nobody_asked) {
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  const auto by = supervisor::of_environment();
  EXPECT_EQ(by.pace(), 0ms);
  by.ready("serving");
  EXPECT_EQ(hear(), "");
}

TEST_F(supervised, one_that_went_away_does_no_harm) {
  const supervisor by{folder + "/nobody"};
  by.ready("serving");
  const supervisor too_long{std::string(300, 'x')};
  too_long.alive();
}

TEST(answers, is_false_where_nobody_is) { EXPECT_FALSE(answers("127.0.0.1", 1, 1000ms)); }

} // namespace

} // namespace troupe
