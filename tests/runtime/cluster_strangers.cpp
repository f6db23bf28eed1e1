// Who is no node gets nothing at the door of one, and harms nothing: two real nodes go on talking
// all the while, memory stays as it is, and the log says little.
#include "tests/runtime/cluster_nodes.hpp"

#include "runtime/cluster/endpoint.hpp"
#include "runtime/cluster/tls.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <random>
#include <thread>

namespace troupe {

namespace {

using namespace std::chrono_literals;

const certificate_folder& certificates() {
  static const certificate_folder folder;
  return folder;
}

#ifdef __SANITIZE_ADDRESS__ // it keeps for a while what was freed
constexpr std::size_t growth_bytes = 512u * 1024 * 1024;
#else
constexpr std::size_t growth_bytes = 24u * 1024 * 1024;
#endif

std::size_t resident_bytes() {
  std::size_t pages = 0, resident = 0;
  std::ifstream{"/proc/self/statm"} >> pages >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// A connection of somebody who knows the address and nothing else.
class stranger {
public:
  explicit stranger(std::uint16_t port) {
    std::string why;
    socket_ = connect_to({"127.0.0.1", port}, std::chrono::steady_clock::now() + 5s, why);
    EXPECT_EQ(why, "");
  }
  ~stranger() { ::close(socket_); }
  stranger(const stranger&) = delete;
  stranger& operator=(const stranger&) = delete;

  void say(const std::string& bytes) const {
    ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// All that ever comes, until the door is shut.
  std::string hear() const {
    std::string out;
    for (char buffer[4096];;) {
      EXPECT_EQ(await_socket(socket_, false, std::chrono::steady_clock::now() + 10s), "");
      const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0) return out;
      out.append(buffer, static_cast<std::size_t>(got));
    }
  }
  int socket() const { return socket_; }

private:
  int socket_;
};

// Nothing, or one alert of TLS, which says why and no more.
bool is_nothing(const std::string& heard) {
  return heard.empty() || (heard[0] == 0x15 && heard.size() <= 7);
}

// Shakes hands as far as it goes. Returns bytes of what was inside, which there should be none of.
std::string inside(std::uint16_t port, const tls_context& tls) {
  const stranger who{port};
  auto session = begin_tls(tls, who.socket(), true);
  std::string why;
  const auto until = std::chrono::steady_clock::now() + 10s;
  for (auto step = shake_hands(session.get(), why); step != tls_step::done;
       step = shake_hands(session.get(), why)) {
    if (step == tls_step::failed) return "";
    EXPECT_EQ(await_socket(who.socket(), step == tls_step::wants_write, until), "");
  }
  // With TLS 1.3 a client is done before the server has judged it.
  std::string out;
  for (char buffer[4096];;) {
    std::size_t got = 0;
    if (!read_some(session.get(), buffer, sizeof buffer, got)) return out;
    out.append(buffer, got);
    if (got == 0) {
      EXPECT_EQ(await_socket(who.socket(), false, until), "");
    }
  }
}

tls_context without_certificate() {
  tls_context out{SSL_CTX_new(TLS_method()), SSL_CTX_free};
  return out;
}

// Two nodes that talk from the first line of a test to its last.
struct cluster_strangers : ::testing::Test {
  static constexpr door_limits limits{16, 300ms, 60s};
  cluster_node a{"a", 1, certificates().of("a")};
  cluster_node b{"b", 1, certificates().of("b"), 0, cluster_protocol, limits};
  std::atomic<bool> over{false};
  std::atomic<std::size_t> calls{0}, wrong{0};
  std::thread talk;
  std::size_t memory = 0;

  cluster_strangers() {
    a.see({a.entry(), b.entry()});
    b.see({a.entry(), b.entry()});
    EXPECT_EQ(a.call("b", "x"), "x is what you said");
    EXPECT_EQ(b.call("a", "x"), "x is what you said");
    // What a process needs once is no growth.
    for (int i = 0; i < 5; ++i) inside(b.port(), without_certificate());
    memory = resident_bytes();
    talk = std::thread{[this] {
      while (!over) {
        wrong += a.call("b", "x") == "x is what you said" ? 0 : 1;
        wrong += b.call("a", "y") == "y is what you said" ? 0 : 1;
        calls += 2;
      }
    }};
  }
  ~cluster_strangers() override {
    const auto before = calls.load();
    while (calls.load() < before + 20 && wrong == 0) std::this_thread::yield();
    over = true;
    talk.join();
    EXPECT_EQ(wrong.load(), 0u) << "of " << calls.load() << " calls between the nodes";
    EXPECT_LT(resident_bytes(), memory + growth_bytes);
    EXPECT_LE(b.ear().times_said("stranger"), 1u) << "one line a minute, as the limits say";
    EXPECT_EQ(a.ear().ways_opened("b"), 1u) << "nobody's way was cut";
    EXPECT_EQ(b.ear().ways_opened("a"), 1u);
  }
};

TEST_F(cluster_strangers, one_without_a_certificate_gets_nothing) {
  const auto tls = without_certificate();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(inside(b.port(), tls), "");
  EXPECT_TRUE(b.ear().said("a stranger from 127.0.0.1"));
}

TEST_F(cluster_strangers, one_with_the_certificate_of_another_authority_gets_nothing) {
  const certificate_folder others;
  tls_context tls;
  ASSERT_EQ(read_certificates(others.of("a"), tls), "");
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_NONE, nullptr); // it would take anybody
  for (int i = 0; i < 50; ++i) EXPECT_EQ(inside(b.port(), tls), "");
}

TEST_F(cluster_strangers, one_with_a_certificate_that_signed_itself_gets_nothing) {
  tls_context tls;
  const certificate_folder others;
  ASSERT_EQ(read_certificates({false, others.path() + "/ca.pem", others.path() + "/ca.key",
                               others.path() + "/ca.pem"},
                              tls),
            "");
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_NONE, nullptr);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(inside(b.port(), tls), "");
}

TEST_F(cluster_strangers, one_of_an_older_tls_gets_nothing) {
  tls_context tls;
  ASSERT_EQ(read_certificates(certificates().of("a"), tls), "");
  SSL_CTX_set_min_proto_version(tls.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(tls.get(), TLS1_2_VERSION);
  EXPECT_EQ(inside(b.port(), tls), "");
}

TEST_F(cluster_strangers, plain_bytes_get_nothing) {
  // What a node without TLS would say first: the header of CAF's handshake, with a payload of 4 GB.
  std::string huge(32, '\0');
  huge[0] = 1;
  huge.replace(4, 4, "\xff\xff\xff\xff");
  const std::vector<std::string> words{
      huge,
      "GET / HTTP/1.1\r\nHost: b\r\n\r\n",
      std::string("\x16\x03\x01\xff\xff", 5),                 // a record longer than any may be
      std::string("\x16\x03\x01\x40\x00\x01\xff\xff\xff", 9), // a greeting of 16 MB
      std::string("\x17\x03\x03\x00\x10", 5) + std::string(16, 'x'),
      std::string(100'000, '\xff'),
  };
  for (auto& w : words) {
    const stranger who{b.port()};
    who.say(w);
    EXPECT_TRUE(is_nothing(who.hear()));
  }
}

TEST_F(cluster_strangers, garbage_gets_nothing) {
  std::mt19937 random{7};
  for (int round = 0; round < 300; ++round) {
    std::string bytes(1 + random() % 600, '\0');
    for (auto& c : bytes) c = static_cast<char>(random());
    if (round % 2) bytes.replace(0, 1, "\x16"); // looks like a greeting for a while
    const stranger who{b.port()};
    who.say(bytes);
    ::shutdown(who.socket(), SHUT_WR);
    EXPECT_TRUE(is_nothing(who.hear())) << "round " << round << " of seed 7";
  }
}

TEST_F(cluster_strangers, a_flood_of_half_open_connections_is_sent_away) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<stranger>> crowd;
    for (int i = 0; i < 300; ++i) crowd.push_back(std::make_unique<stranger>(b.port()));
    // While they all stand there a node is still let in.
    if (round == 0) {
      cluster_node c{"aa", 1, certificates().of("c")}; // dials, as the lesser name
      c.see({b.entry(), c.entry()});
      b.see({a.entry(), b.entry(), c.entry()});
      EXPECT_EQ(c.call("b", "z"), "z is what you said");
    }
    for (auto& who : crowd) EXPECT_TRUE(is_nothing(who->hear()));
  }
}

TEST_F(cluster_strangers, one_that_says_a_byte_now_and_then_has_no_more_time) {
  const auto began = std::chrono::steady_clock::now();
  const stranger who{b.port()};
  std::string heard;
  for (char c : std::string("\x16\x03\x01\x02\x00\x01", 6)) {
    who.say(std::string(1, c));
    // Until the door is shut, or for a while.
    if (await_socket(who.socket(), false, std::chrono::steady_clock::now() + 100ms).empty()) break;
  }
  EXPECT_TRUE(is_nothing(who.hear()));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

} // namespace

} // namespace troupe
