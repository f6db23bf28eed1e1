// What an attacker sends over the wire: framing that two readers may understand differently, bombs,
// and what must not grow. Credentials are attacked in tokens.cpp, auth.cpp, user_keys.cpp and
// oauth.cpp, signatures in webhook.cpp.
#include "node.hpp"

namespace troupe::test {

namespace {

const std::string host = "Host: t\r\n";
const std::string poison = "GET /health HTTP/1.1\r\nHost: smuggled\r\n\r\n";

std::string post(const std::string& headers, const std::string& body) {
  return "POST /signals HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n" + body;
}

// Statuses of all answers until the connection ends or nothing more comes.
std::vector<int> fates(node& n, const std::string& bytes) {
  client http{n.port()};
  http.send(bytes);
  std::vector<int> out;
  while (true) {
    const auto a = http.read_answer();
    if (a.status == 0) return out;
    out.push_back(a.status);
    if (a.header("Connection") == "close") {
      EXPECT_TRUE(http.at_end());
      return out;
    }
  }
}

// A head that never ends is given up soon.
server_options impatient() {
  server_options out;
  out.header_timeout = out.body_timeout = std::chrono::seconds{1};
  return out;
}

} // namespace

// Each is followed by a request that another reader may take for a body: it is never answered.
TEST(attacks, no_framing_of_two_meanings_is_taken) {
  node n{impatient()};
  const std::string chunks = "0\r\n\r\n";
  for (const auto& bytes : std::vector<std::string>{
           post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks),
           post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunks),
           post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
           post("Content-Length: 0\r\nContent-Length: 44\r\n", ""),
           post("Content-Length: 5, 6\r\n", "hello"),
           post("Content-Length: 5, 5\r\n", "hello"),
           post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
           post("Content-Length: +5\r\n", "hello"),
           post("Content-Length: -5\r\n", "hello"),
           post("Content-Length: 0x5\r\n", "hello"),
           post("Content-Length: 5 5\r\n", "hello"),
           post("Content-Length:\r\n", ""),
           post("Content-Length: 99999999999999999999999\r\n", "hello"),
           post("Content-Length : 5\r\n", "hello"),
           post("Transfer-Encoding : chunked\r\n", chunks),
           post("Transfer-Encoding: xchunked\r\n", chunks),
           post("Transfer-Encoding: chunked, identity\r\n", chunks),
           post("Transfer-Encoding: gzip, chunked\r\n", chunks),
           post("Transfer-Encoding: identity, chunked\r\n", chunks),
           post("Transfer-Encoding: chunked, chunked\r\n", chunks),
           post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks),
           post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", chunks),
           post("Transfer-Encoding: \"chunked\"\r\n", chunks),
           post("Transfer-Encoding: chunked;q=1\r\n", chunks),
           post("Transfer-Encoding: \x0b"
                "chunked\r\n",
                chunks),
           post("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n"),
           post("Transfer-Encoding: chunked\r\n", "5\r\nhelloX\r\n0\r\n\r\n"),
           post("Transfer-Encoding: chunked\r\n", "-1\r\nhello\r\n0\r\n\r\n"),
           post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n"),
           post("Transfer-Encoding: chunked\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
           std::string{"POST /signals HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"}
               + chunks,
           "GET /health HTTP/1.1\r\n " + host + "\r\n",
           "GET /health HTTP/1.1\r\nHost: t\nX: y\r\n\r\n",
           "GET /health HTTP/1.1\nHost: t\n\n",
           "GET /health HTTP/1.1\r\nHost: t\rX: y\r\n\r\n",
           std::string{"GET /health HTTP/1.1\r\nHost: t\r\nX: a"} + '\0' + "b\r\n\r\n",
           std::string{"GET /health HTTP/2.0\r\nHost: t\r\n\r\n"},
           std::string{"GET /health\r\n\r\n"},
       }) {
    const auto got = fates(n, bytes + poison);
    ASSERT_EQ(got.size(), 1u) << bytes;
    EXPECT_TRUE(got[0] == 400 || got[0] == 408 || got[0] == 413 || got[0] == 505)
        << got[0] << ' ' << bytes;
  }
}

TEST(attacks, a_folded_header_is_one_header_of_one_request) {
  node n;
  client http{n.port()};
  http.send("GET /models/status HTTP/1.1\r\nHost: t\r\nX-API-Key: sec\r\n ret\r\n\r\n" + poison);
  EXPECT_EQ(http.read_answer().status, 401) << "a blank stands where the lines were joined";
  EXPECT_EQ(http.read_answer().status, 200) << "what follows is a request of its own";
}

TEST(attacks, a_body_that_nobody_asked_for_is_still_a_body) {
  node n;
  client http{n.port()};
  http.send("GET /health HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(poison.size())
            + "\r\n\r\n" + poison + "GET /nope HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(http.read_answer().status, 200);
  EXPECT_EQ(http.read_answer().status, 404);
}

TEST(attacks, lines_of_chunks_and_trailers_are_bounded) {
  node n;
  const std::string head = "Transfer-Encoding: chunked\r\n";
  const std::string much(20'000, 'x');
  std::string crumbs;
  for (int i = 0; i < 70'000; ++i) crumbs += "1\r\nx\r\n";
  for (const auto& body : {"1;" + much, "1;a=\"" + much, "0\r\nX: " + much, crumbs}) {
    const auto got = fates(n, post(head, body));
    ASSERT_EQ(got.size(), 1u);
    EXPECT_TRUE(got[0] == 400 || got[0] == 413 || got[0] == 431) << got[0];
  }
}

TEST(attacks, a_compressed_body_is_not_inflated) {
  node n;
  client http{n.port()};
  const std::string_view gzip{"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10};
  for (const auto* coding : {"gzip", "deflate", "br", "zstd"}) {
    const auto a = http.post("/signals", gzip, "Content-Encoding: " + std::string{coding} + "\r\n");
    EXPECT_EQ(a.status, 400);
    EXPECT_NE(a.body.find("VALIDATION_ERROR"), std::string::npos);
  }
}

TEST(attacks, json_is_bounded_in_depth) {
  node n;
  client http{n.port()};
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  EXPECT_EQ(http.post("/signals", deep).status, 400);
  EXPECT_EQ(http.post("/signals", "{\"symbol\":" + deep + "}").status, 400);
  EXPECT_EQ(http.post("/api/v1/trading/accounts", "{\"agent_config\":" + deep + "}").status, 400);
  EXPECT_EQ(http.get("/health").status, 200);
}

TEST(attacks, compression_of_sockets_is_not_agreed_to_and_not_read) {
  node n;
  client ws{n.port()};
  ws.send("GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "X-API-Key: secret\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  const auto a = ws.read_answer(true);
  EXPECT_EQ(a.status, 101);
  EXPECT_EQ(a.header("Sec-WebSocket-Extensions"), "");
  auto bomb = client_frame(std::string(1000, 'x'));
  bomb[0] = static_cast<char>(bomb[0] | 0x40); // RSV1: compressed
  ws.send(bomb);
  const auto closed = ws.read_frame();
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->close_code(), 1002);
  EXPECT_TRUE(ws.at_end());
}

TEST(attacks, fragments_without_end_and_lengths_without_measure_are_too_big) {
  node n;
  client drip{n.port()};
  ASSERT_TRUE(drip.upgrade("/ws"));
  auto fragments = client_frame("x", 1, false);
  for (int i = 0; i < 4100; ++i) fragments += client_frame("x", 0, false);
  drip.send(fragments);
  const auto closed = drip.read_frame();
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->close_code(), 1009);
  client huge{n.port()};
  ASSERT_TRUE(huge.upgrade("/ws"));
  huge.send(std::string{"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10} + "abcd");
  const auto refused = huge.read_frame();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->close_code(), 1009);
  EXPECT_TRUE(huge.at_end());
}

TEST(attacks, those_who_only_hold_connections_leave_and_others_are_served) {
  auto options = impatient();
  options.max_connections = 50;
  node n{options};
  std::vector<std::unique_ptr<client>> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(std::make_unique<client>(n.port()));
    slow.back()->send("GET /health HTTP/1.1\r\nHost: t\r\nX-");
  }
  client honest{n.port()};
  EXPECT_EQ(honest.get("/health").status, 200);
  for (auto& s : slow) {
    EXPECT_EQ(s->read_answer().status, 408);
    EXPECT_TRUE(s->at_end());
  }
  slow.clear();
  for (int i = 0; i < 10'000 && n.counts->connections_open.load() > 1; ++i) honest.get("/health");
  EXPECT_EQ(n.counts->connections_open.load(), 1u) << "nothing of them is left";
}

} // namespace troupe::test
