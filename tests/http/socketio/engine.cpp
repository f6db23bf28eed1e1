// Engine.IO over real connections: handshake, polling, the change to WebSocket, limits, ends.
#include "http/socketio/engine.hpp"
#include "fixture.hpp"
#include "http/admission.hpp"

#include <atomic>
#include <future>
#include <thread>

namespace troupe::test {

namespace {

using nlohmann::json;

server_options quick() {
  server_options out;
  out.peer_interval = std::chrono::milliseconds{50};
  return out;
}

json body_of(const answer& a) { return json::parse(a.body, nullptr, false); }

} // namespace

TEST(engine, a_handshake_by_polling_opens_a_session) {
  node n;
  client http{n.port()};
  const auto a = http.say("GET", engine_path + "polling&t=abc", "");
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.header("Content-Type"), "text/plain; charset=UTF-8");
  EXPECT_EQ(a.header("Cache-Control"), "no-store");
  ASSERT_EQ(a.body.substr(0, 1), "0");
  const auto open = json::parse(a.body.substr(1));
  EXPECT_GE(open["sid"].get<std::string>().size(), 20u);
  EXPECT_EQ(open["upgrades"], json::parse(R"(["websocket"])"));
  EXPECT_EQ(open["pingInterval"], 20'000);
  EXPECT_EQ(open["pingTimeout"], 40'000);
  EXPECT_EQ(open["maxPayload"], 65'536);
}

TEST(engine, a_bad_request_is_refused_with_the_code_of_engine_io) {
  struct row {
    const char *verb, *query, *headers;
    int status, code;
  };
  node n;
  for (const auto& want :
       {row{"GET", "EIO=4", "", 400, 0}, row{"GET", "EIO=4&transport=x", "", 400, 0},
        row{"GET", "EIO=3&transport=polling", "", 400, 5},
        row{"GET", "transport=polling", "", 400, 5},
        row{"POST", "EIO=4&transport=polling", "", 400, 2},
        row{"PUT", "EIO=4&transport=polling", "", 400, 2},
        row{"GET", "EIO=4&transport=websocket", "", 400, 3},
        row{"GET", "EIO=4&transport=polling&sid=x", "", 400, 1},
        row{"GET", "EIO=4&transport=polling&sid=", "", 400, 1},
        row{"GET", "EIO=4&transport=polling&sid=Azzzzzzzzzzzzzzzzzzzzzzzz", "", 400, 1},
        row{"GET", "EIO=4&transport=polling", "Origin: http://evil\r\n", 403, 4}}) {
    client http{n.port()};
    const auto a = http.say(want.verb, std::string{"/socket.io/?"} + want.query, "", want.headers);
    EXPECT_EQ(a.status, want.status) << want.query;
    EXPECT_EQ(body_of(a)["code"], want.code) << want.verb << want.query;
    EXPECT_FALSE(body_of(a)["message"].get<std::string>().empty());
  }
  client ws{n.port()};
  EXPECT_FALSE(ws.upgrade(engine_path + "websocket&sid=Azzzzzzzzzzzzzzzzzzzzzzzz", ""));
}

TEST(engine, a_page_of_our_own_or_an_allowed_origin_may_call) {
  EXPECT_TRUE(origin_may_call("", "t", {}));
  EXPECT_TRUE(origin_may_call("http://t:3001", "t:3001", {}));
  EXPECT_TRUE(origin_may_call("https://T", "t", {}));
  EXPECT_FALSE(origin_may_call("http://t:3002", "t:3001", {}));
  EXPECT_FALSE(origin_may_call("null", "null", {}));
  EXPECT_FALSE(origin_may_call("http://a", "t", {"http://ab"}));
  EXPECT_TRUE(origin_may_call("http://a", "t", {"http://a"}));
  EXPECT_TRUE(origin_may_call("http://a", "t", {"*"}));
  server_options options;
  options.cors_origins = {"http://a"};
  node n{options};
  client http{n.port()};
  const auto a = http.say("GET", engine_path + "polling", "", "Origin: http://a\r\n");
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.header("Access-Control-Allow-Origin"), "http://a");
}

TEST(engine, a_poll_waits_until_there_is_something_to_say) {
  node n;
  poller p{n.port()};
  client other{n.port()};
  auto polled = std::async(std::launch::async, [&] { return p.poll(); });
  const auto posted = other.say("POST", p.path(), R"(40{"token":"alice.good"})");
  EXPECT_EQ(posted.status, 200);
  EXPECT_EQ(posted.body, "ok");
  const auto a = polled.get();
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.body.substr(0, 8), R"(40{"sid")");
}

TEST(engine, what_is_due_leaves_in_one_payload) {
  node n;
  poller p{n.port()};
  p.post("40{\"token\":\"alice.good\"}\x1e"
         R"(42["subscribe","BTCUSDT"])");
  const auto a = p.poll();
  const auto cut = a.body.find('\x1e');
  ASSERT_NE(cut, std::string::npos);
  EXPECT_EQ(a.body.substr(cut + 1, 15), R"(42["subscribed")");
}

TEST(engine, two_polls_at_once_end_the_session) {
  node n;
  poller p{n.port()};
  client other{n.port()};
  p.http.send("GET " + p.path() + " HTTP/1.1\r\nHost: t\r\n\r\n");
  // Which of the two is first is the system's choice: one is refused, the other told of the end.
  const auto second = other.say("GET", p.path(), "");
  const auto first = p.http.read_answer();
  EXPECT_EQ(std::min(first.status, second.status), 200);
  EXPECT_EQ(std::max(first.status, second.status), 400);
  EXPECT_EQ((first.status == 200 ? first : second).body, "1");
  EXPECT_EQ(body_of(p.poll())["code"], 1);
}

TEST(engine, malformed_packets_end_a_polling_session) {
  node n;
  for (auto body : {"abc", "", "4\x1e", "2", "5", "0", "bA"}) {
    poller p{n.port()};
    EXPECT_EQ(p.post(body).status, 400) << body;
    EXPECT_EQ(p.poll().status, 400) << body;
  }
}

TEST(engine, a_close_ends_a_waiting_poll_and_the_session) {
  node n;
  poller p{n.port()};
  client other{n.port()};
  auto polled = std::async(std::launch::async, [&] { return p.poll(); });
  // The poll may come after the close: then the session is unknown.
  EXPECT_EQ(other.say("POST", p.path(), "1").body, "ok");
  const auto a = polled.get();
  EXPECT_TRUE((a.status == 200 && a.body == "6") || a.status == 400) << a.body;
  EXPECT_EQ(p.poll().status, 400);
}

TEST(engine, a_socket_opens_with_a_session_that_needs_no_upgrade) {
  node n;
  socket_client s{n.port()};
  ASSERT_TRUE(s.up);
  EXPECT_NE(s.opened.find(R"("upgrades":[])"), std::string::npos);
  EXPECT_EQ(s.join("/").substr(0, 8), R"(40{"sid")");
}

TEST(engine, malformed_packets_end_a_socket) {
  node n;
  for (auto packet : {"abc", "", "2", "5", "4", "4abc", "45-", "42{}", R"(42["a"])"}) {
    socket_client s{n.port()};
    s.send(packet);
    const auto end = s.closing();
    ASSERT_TRUE(end) << packet;
    EXPECT_EQ(end->close_code(), 1002) << packet;
  }
  socket_client s{n.port()};
  s.ws.send_frame("x", 2); // bytes that nobody announced
  EXPECT_EQ(s.closing()->close_code(), 1002);
}

TEST(engine, a_probed_socket_takes_over_and_what_is_queued_follows) {
  node n;
  poller p{n.port()};
  p.post(R"(40/signals,{"token":"alice.good"})");
  p.poll();
  client ws{n.port()}, other{n.port()};
  ASSERT_TRUE(ws.upgrade(engine_path + "websocket&sid=" + p.sid, ""));
  ws.send_frame("2probe");
  EXPECT_EQ(ws.read_frame()->payload, "3probe");
  EXPECT_EQ(p.poll().body, "6"); // a poll in between ends at once
  other.say("POST", p.path(), R"(42/signals,["subscribe","BTCUSDT"])");
  ws.send_frame("5");
  EXPECT_EQ(ws.read_frame()->payload.substr(0, 24), R"(42/signals,["subscribed")");
  EXPECT_EQ(body_of(p.poll())["code"], 3);
  EXPECT_EQ(p.post("3").status, 400);
  client late{n.port()};
  ASSERT_TRUE(late.upgrade(engine_path + "websocket&sid=" + p.sid, ""));
  EXPECT_EQ(late.read_frame()->close_code(), 1008);
  ws.send_frame(R"(42/signals,["unsubscribe","BTCUSDT"])");
  EXPECT_EQ(ws.read_frame()->payload.substr(0, 26), R"(42/signals,["unsubscribed")");
}

TEST(engine, an_upgrade_without_a_probe_is_refused_and_polling_goes_on) {
  node n;
  poller p{n.port()};
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade(engine_path + "websocket&sid=" + p.sid, ""));
  ws.send_frame("5");
  EXPECT_EQ(ws.read_frame()->close_code(), 1002);
  p.post(R"(40{"token":"alice.good"})");
  EXPECT_EQ(p.poll().body.substr(0, 2), "40");
}

TEST(engine, who_answers_pings_stays_and_who_does_not_is_closed) {
  auto options = quick();
  options.engine_ping_interval = std::chrono::milliseconds{100};
  options.engine_ping_timeout = std::chrono::milliseconds{100};
  node n{options};
  socket_client s{n.port()};
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(s.read(), "2");
    s.send("3");
  }
  EXPECT_EQ(s.read(), "2");
  EXPECT_EQ(s.closing()->close_reason(), "silent for too long");
  poller p{n.port()};
  EXPECT_EQ(p.poll().body, "2");
  p.post("3");
  EXPECT_EQ(p.poll().body, "2");
  EXPECT_EQ(p.poll().body, "1"); // no pong came
  EXPECT_EQ(p.poll().status, 400);
}

TEST(engine, who_joins_nothing_is_closed) {
  auto options = quick();
  options.engine_connect_timeout = std::chrono::milliseconds{100};
  node n{options};
  socket_client s{n.port()};
  EXPECT_EQ(s.closing()->close_reason(), "in no namespace");
  EXPECT_EQ(poller{n.port()}.poll().body, "1");
}

TEST(engine, a_message_past_the_bound_ends_the_session) {
  server_options options;
  options.engine_payload_bytes = 1000;
  node n{options};
  socket_client s{n.port()};
  s.send("4" + std::string(1000, 'x'));
  EXPECT_EQ(s.closing()->close_code(), 1009);
  poller p{n.port()};
  EXPECT_EQ(p.post("4" + std::string(1000, 'x')).status, 400);
  EXPECT_EQ(p.poll().status, 400);
}

TEST(engine, sessions_are_reached_from_every_thread) {
  server_options options;
  options.io_threads = 3;
  node n{options};
  std::string threads;
  // Connections are spread by the system: with 24 of each kind all pairs of threads meet.
  for (int i = 0; i < 24; ++i) {
    poller p{n.port()};
    threads += p.sid[0];
    client post{n.port()}, get{n.port()}, ws{n.port()};
    EXPECT_EQ(post.say("POST", p.path(), R"(40{"token":"alice.good"})").body, "ok");
    EXPECT_EQ(get.say("GET", p.path(), "").body.substr(0, 2), "40");
    ASSERT_TRUE(ws.upgrade(engine_path + "websocket&sid=" + p.sid, ""));
    ws.send_frame("2probe");
    EXPECT_EQ(ws.read_frame()->payload, "3probe");
    ws.send_frame("5");
    ws.send_frame(R"(42["subscribe","BTCUSDT"])");
    EXPECT_EQ(ws.read_frame()->payload.substr(0, 15), R"(42["subscribed")");
  }
  EXPECT_NE(threads.find_first_not_of(threads[0]), std::string::npos) << threads;
}

TEST(engine, stopping_says_so_and_ends_polls_and_sockets) {
  node n;
  poller p{n.port()};
  p.post(R"(40{"token":"alice.good"})");
  p.poll();
  socket_client s{n.port()};
  s.join("/signals");
  p.http.send("GET " + p.path() + " HTTP/1.1\r\nHost: t\r\n\r\n");
  s.send(R"(42/signals,["subscribe","BTCUSDT"])"); // an answer: the poll before it has been read
  s.read();
  auto stopped =
      std::async(std::launch::async, [&] { return n.web->stop(std::chrono::seconds{5}); });
  EXPECT_EQ(p.http.read_answer().body, R"(42["serverShutdown",{"reason":"server shutdown"}])");
  EXPECT_EQ(s.read(), R"(42/signals,["serverShutdown",{"reason":"server shutdown"}])");
  const auto end = s.closing();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->close_code(), 1001);
  EXPECT_TRUE(stopped.get());
}

TEST(engine, who_is_between_two_polls_hears_that_the_server_stops) {
  node n;
  poller p{n.port()};
  p.post(R"(40{"token":"alice.good"})");
  p.poll();
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws"));
  auto stopped =
      std::async(std::launch::async, [&] { return n.web->stop(std::chrono::seconds{5}); });
  EXPECT_EQ(ws.read_frame()->close_code(), 1001); // it has begun
  client later{n.port()};
  EXPECT_EQ(later.say("GET", p.path(), "").body,
            R"(42["serverShutdown",{"reason":"server shutdown"}])");
  EXPECT_TRUE(stopped.get());
}

// Each poll is for a session of another thread, which may have nothing left to do by then.
TEST(engine, polls_that_cross_threads_end_with_the_server) {
  server_options options;
  options.io_threads = 4;
  node n{options};
  std::vector<std::future<int>> pollers;
  std::atomic<int> ready{0};
  for (int i = 0; i < 16; ++i)
    pollers.push_back(std::async(std::launch::async, [&] {
      poller p{n.port()};
      p.post(R"(40{"token":"alice.good"})");
      p.poll();
      ++ready;
      for (int status = 200;;) {
        client http{n.port()};
        status = http.say("GET", p.path(), "").status;
        if (status != 200) return status;
      }
    }));
  while (ready < 16) std::this_thread::yield();
  EXPECT_TRUE(n.web->stop(std::chrono::seconds{5}));
  for (auto& p : pollers) {
    const auto status = p.get();
    EXPECT_TRUE(status == 0 || status == 400) << status; // the door is shut, or it is unknown
  }
}

TEST(engine, a_session_that_owes_its_pong_for_too_long_is_unknown_before_the_next_tick) {
  server_options options;
  options.engine_ping_interval = options.engine_ping_timeout = std::chrono::milliseconds{0};
  options.peer_interval = std::chrono::hours{1};
  node n{options};
  poller polls{n.port()}, posts{n.port()};
  EXPECT_EQ(polls.poll().status, 400);
  EXPECT_EQ(posts.post("40").status, 400);
}

} // namespace troupe::test
