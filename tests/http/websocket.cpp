#include "http/websocket.hpp"

#include "client.hpp"
#include "http/codec_frames.hpp"

#include <gtest/gtest.h>
#include <random>

namespace troupe::test {

namespace {

struct recorder : websocket_events {
  std::string log;
  void on_text(std::string_view m) override { log.append("t:").append(m).append(";"); }
  void on_ping(std::string_view p) override { log.append("p:").append(p).append(";"); }
  void on_pong() override { log += "o;"; }
  void on_close(close_code c) override { log += "c" + std::to_string(int(c)) + ";"; }
};

int fate(std::string_view bytes, std::size_t limit = 4096) {
  websocket_reader reader{limit};
  recorder seen;
  return reader.feed(bytes, seen) ? 0 : static_cast<int>(reader.why());
}

std::string close_of(unsigned code, std::string_view reason = "") {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return client_frame(payload.append(reason), 8);
}

} // namespace

TEST(websocket_reader, reads_the_same_however_the_bytes_are_cut) {
  const auto stream = client_frame("one") + client_frame("a", 1, false) + client_frame("hey", 9)
      + client_frame("b", 0, false) + client_frame("c", 0) + client_frame(std::string(300, 'x'))
      + client_frame("", 10) + client_frame("\xe2\x82\xac") + close_of(1001, "bye") + "ignored";
  const auto wanted = "t:one;p:hey;t:abc;t:" + std::string(300, 'x') + ";o;t:\xe2\x82\xac;c1001;";
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    websocket_reader reader{4096};
    recorder seen;
    for (std::size_t at = 0; at < stream.size(); at += step)
      ASSERT_TRUE(reader.feed(std::string_view{stream}.substr(at, step), seen));
    ASSERT_EQ(seen.log, wanted) << step;
    ASSERT_TRUE(reader.closed());
  }
}

TEST(websocket_reader, names_each_breach) {
  EXPECT_EQ(fate(std::string{"\x81\x01x", 3} + "abc"), 1002);                // unmasked
  EXPECT_EQ(fate(std::string{"\xc1\x80", 2} + "abcd"), 1002);                // reserved bit
  EXPECT_EQ(fate(client_frame("", 3)), 1002);                                // unknown opcode
  EXPECT_EQ(fate(client_frame("", 11)), 1002);                               // unknown control
  EXPECT_EQ(fate(client_frame("", 9, false)), 1002);                         // cut control
  EXPECT_EQ(fate(client_frame(std::string(126, 'x'), 9)), 1002);             // long control
  EXPECT_EQ(fate(client_frame("", 0)), 1002);                                // nothing to go on
  EXPECT_EQ(fate(client_frame("a", 1, false) + client_frame("b", 1)), 1002); // not continued
  EXPECT_EQ(fate(std::string{"\x81\xfe\x00\x05", 4} + "abcdhello"), 1002);   // long form of 5
  EXPECT_EQ(fate(client_frame("x", 2)), 1003);                               // binary
  EXPECT_EQ(fate(client_frame("\xc0\xaf", 1)), 1007);                        // overlong UTF-8
  EXPECT_EQ(fate(client_frame("\xed\xa0\x80", 1)), 1007);                    // surrogate
  EXPECT_EQ(fate(client_frame("xxxxx"), 4), 1009);                           // too big
  EXPECT_EQ(fate(client_frame("xxx", 1, false) + client_frame("xx", 0), 4), 1009); // in parts
  EXPECT_EQ(fate(std::string{"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10} + "abcd"), 1009);
  EXPECT_EQ(fate(client_frame("x", 8)), 1002); // half a code
  EXPECT_EQ(fate(close_of(1005)), 1002);
  EXPECT_EQ(fate(close_of(999)), 1002);
  EXPECT_EQ(fate(close_of(1000, "\xff")), 1007);
  EXPECT_EQ(fate(close_of(4000, "fine")), 0);
  EXPECT_EQ(fate(client_frame(std::string(4096, 'x'))), 0);
}

TEST(websocket_reader, random_bytes_never_break_it_and_never_grow_it) {
  std::mt19937 random{20260105};
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    // Half of it starts with frames that are well formed, so that deep states are reached.
    if (round % 2 == 0) bytes = client_frame(std::string(random() % 200, 'x'), 1, round % 4 == 0);
    const auto extra = random() % 300;
    for (unsigned i = 0; i < extra; ++i) bytes += static_cast<char>(random());
    websocket_reader reader{256};
    recorder seen;
    bool alive = true;
    for (std::size_t at = 0; at < bytes.size();) {
      const auto step = 1 + random() % 40;
      alive = reader.feed(std::string_view{bytes}.substr(at, step), seen);
      at += step;
      if (!alive) break;
    }
    ASSERT_LE(seen.log.size(), bytes.size() * 3 + 16);
    if (!alive) {
      ASSERT_FALSE(reader.feed("more", seen)); // it stays failed
    }
  }
}

TEST(websocket, frames_have_the_shortest_length_form) {
  EXPECT_EQ(websocket_frame("hi"), std::string("\x81\x02hi"));
  EXPECT_EQ(websocket_frame(std::string(126, 'x')).substr(0, 4),
            std::string("\x81\x7e\x00\x7e", 4));
  EXPECT_EQ(websocket_frame(std::string(65536, 'x')).substr(0, 10),
            std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  EXPECT_EQ(close_frame(close_code::going_away, "bye"),
            std::string("\x88\x05\x03\xe9"
                        "bye"));
}

TEST(websocket, the_accept_value_is_that_of_the_rfc) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ="), "");
  EXPECT_EQ(websocket_accept("!!!!IHNhbXBsZSBub25jZQ=="), "");
  EXPECT_EQ(websocket_accept(""), "");
}

} // namespace troupe::test
