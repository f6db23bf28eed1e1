// Sockets of users over real connections: tokens, their channels, expiry, origins, sessions that
// are ended, and the bound on those that nobody vouches for.
#include "node.hpp"
#include "socketio/fixture.hpp"

#include <nlohmann/json.hpp>

namespace troupe::test {

namespace {

using nlohmann::json;

const std::string alice = "Authorization: Bearer alice.good\r\n";
const std::string asks_upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                 "Sec-WebSocket-Version: 13\r\n"
                                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

json read_json(client& ws) {
  const auto frame = ws.read_frame();
  return frame && frame->opcode == 1 ? json::parse(frame->payload, nullptr, false) : json{};
}

json subscribe(client& ws, const std::string& channel) {
  ws.send_frame(R"({"op":"subscribe","channel":")" + channel + "\"}");
  return read_json(ws);
}

server_options quick() {
  server_options out;
  out.peer_interval = std::chrono::milliseconds{50};
  return out;
}

std::string real_token(node& n, const std::string& user, const std::string& login) {
  return n.signer->sign_access(
      {user, login, "jti", user_role::user, user_plan::free, noon, noon + 15 * minute_ms});
}

json sessions_of(node& n) {
  client http{n.port()};
  return json::parse(http.say("GET", "/admin/sessions", "", "X-API-Key: sesame\r\n").body)["data"];
}

// Asks until it is so: sessions come, go and are told by messages.
template<class Ask, class Wanted>
json ask_until(Ask ask, Wanted wanted) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  auto seen = ask();
  while (!wanted(seen) && std::chrono::steady_clock::now() < end) seen = ask();
  return seen;
}

json when_there_are(node& n, std::size_t count) {
  return ask_until([&] { return sessions_of(n); },
                   [&](const json& seen) { return seen["sessions"] == count; });
}

} // namespace

TEST(user_sockets, a_token_opens_a_plain_socket_by_header_or_query) {
  node n;
  client header{n.port()}, query{n.port()}, path{n.port()};
  EXPECT_TRUE(header.upgrade("/ws", alice));
  EXPECT_TRUE(query.upgrade("/ws?token=alice.good", ""));
  EXPECT_TRUE(path.upgrade("/ws/BTCUSDT?token=alice.good", ""));
  client bad{n.port()}, none{n.port()};
  EXPECT_FALSE(bad.upgrade("/ws?token=alice.bad", ""));
  EXPECT_FALSE(none.upgrade("/ws", ""));
}

TEST(user_sockets, a_token_in_the_query_counts_for_sockets_alone) {
  node n;
  client http{n.port()};
  EXPECT_EQ(http.say("GET", "/ws?token=alice.good", "").status, 401);
  EXPECT_EQ(http.say("GET", "/auth/me?token=alice.good", "").status, 401);
  EXPECT_EQ(http.say("GET", "/ws?token=alice.good", "", asks_upgrade).status, 101);
}

TEST(user_sockets, a_users_channels_are_that_users_alone) {
  node n;
  client ws{n.port()}, keyed{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws", alice));
  ASSERT_TRUE(keyed.upgrade("/ws"));
  EXPECT_EQ(subscribe(ws, "user:alice:accounts")["event"], "subscribed");
  for (auto theirs : {"user:bob:accounts", "user:alice2:accounts", "user:ali:accounts",
                      "user:alice:secrets", "user::accounts", "user:"}) {
    EXPECT_EQ(subscribe(ws, theirs)["code"], "FORBIDDEN") << theirs;
  }
  EXPECT_EQ(subscribe(keyed, "user:alice:accounts")["code"], "FORBIDDEN");
  EXPECT_EQ(subscribe(keyed, "user::accounts")["code"], "FORBIDDEN");
  EXPECT_EQ(subscribe(keyed, "signals:BTCUSDT")["event"], "subscribed");
}

TEST(user_sockets, a_socket_ends_with_its_token) {
  node n{quick()};
  client ws{n.port()}, keyed{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws", alice));
  ASSERT_TRUE(keyed.upgrade("/ws"));
  *n.clock_us += hour_ms * 1000;
  const auto told = read_json(ws);
  EXPECT_EQ(told["code"], "UNAUTHORIZED");
  const auto closed = ws.read_frame();
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->close_code(), 4401);
  EXPECT_EQ(closed->close_reason(), "the token has expired");
  EXPECT_EQ(subscribe(keyed, "signals:BTCUSDT")["event"], "subscribed");
}

TEST(user_sockets, a_page_of_another_origin_opens_nothing) {
  auto options = quick();
  options.cors_origins = {"https://ours"};
  node n{options};
  const auto status = [&](const std::string& origin) {
    client http{n.port()};
    return http.say("GET", "/ws?api_key=secret", "", asks_upgrade + origin).status;
  };
  EXPECT_EQ(status("Origin: https://theirs\r\n"), 403);
  EXPECT_EQ(status("Origin: null\r\n"), 403);
  EXPECT_EQ(status("Origin: https://ours\r\n"), 101);
  EXPECT_EQ(status("Origin: http://t\r\n"), 101); // the node's own: say() calls it t
  EXPECT_EQ(status(""), 101);
}

TEST(user_sockets, a_session_is_there_as_long_as_its_socket) {
  node n{quick()};
  {
    client ws{n.port()}, keyed{n.port()};
    ASSERT_TRUE(ws.upgrade("/ws", alice));
    ASSERT_TRUE(keyed.upgrade("/ws"));
    subscribe(ws, "signals:BTCUSDT");
    const auto seen = when_there_are(n, 1);
    ASSERT_EQ(seen["page"].size(), 1u);
    EXPECT_EQ(seen["page"][0]["user"], "alice");
    EXPECT_EQ(seen["page"][0]["kind"], "websocket");
    EXPECT_EQ(seen["page"][0]["address"], "127.0.0.1");
    EXPECT_EQ(seen["users"], 1);
    const auto path = "/admin/sessions/" + seen["page"][0]["id"].get<std::string>();
    client http{n.port()};
    const auto one = ask_until(
        [&] {
          return json::parse(http.say("GET", path, "", "X-API-Key: sesame\r\n").body)["data"];
        },
        [](const json& shown) { return !shown["channels"].empty(); });
    EXPECT_EQ(one["channels"], json::parse(R"([{"channel":"signals:BTCUSDT","seq":0}])"));
    EXPECT_EQ(http.say("GET", "/admin/sessions/x", "", "X-API-Key: sesame\r\n").status, 404);
  }
  EXPECT_EQ(when_there_are(n, 0)["sessions"], 0);
}

TEST(user_sockets, each_namespace_of_socket_io_is_a_session) {
  node n{quick()};
  {
    socket_client s{n.port()};
    s.join("/"), s.join("/signals");
    const auto seen = when_there_are(n, 2);
    ASSERT_EQ(seen["page"].size(), 2u);
    EXPECT_EQ(seen["page"][0]["kind"], "socketio:/");
    EXPECT_EQ(seen["page"][1]["kind"], "socketio:/signals");
    s.send("41/signals,");
    EXPECT_EQ(when_there_are(n, 1)["page"][0]["kind"], "socketio:/");
  }
  EXPECT_EQ(when_there_are(n, 0)["sessions"], 0);
}

TEST(user_sockets, a_logout_ends_the_sockets_of_its_login_and_no_others) {
  node n{quick()};
  const auto token = real_token(n, "ada", "fam1"), other = real_token(n, "ada", "fam2");
  client ws{n.port()}, stays{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws?token=" + token, ""));
  ASSERT_TRUE(stays.upgrade("/ws?token=" + other, ""));
  socket_client io{n.port()};
  io.send("40/signals,{\"token\":\"" + token + "\"}");
  io.read();
  ASSERT_EQ(when_there_are(n, 3)["sessions"], 3);
  client http{n.port()};
  EXPECT_EQ(http.say("POST", "/auth/logout", "", "Authorization: Bearer " + token + "\r\n").status,
            200);
  EXPECT_EQ(read_json(ws)["message"], "logged out");
  EXPECT_EQ(ws.read_frame()->close_code(), 4401);
  EXPECT_EQ(io.read(), R"(42/signals,["error",{"code":"UNAUTHORIZED","message":"logged out"}])");
  EXPECT_EQ(io.read(), "41/signals,");
  EXPECT_EQ(io.closing()->close_code(), 4401);
  EXPECT_EQ(subscribe(stays, "signals:BTCUSDT")["event"], "subscribed");
  client late{n.port()}; // the token itself is good for some minutes still
  ASSERT_TRUE(late.upgrade("/ws?token=" + token, ""));
  EXPECT_EQ(read_json(late)["message"], "the session has ended");
  EXPECT_EQ(late.read_frame()->close_code(), 4401);
}

TEST(user_sockets, sessions_that_nobody_vouches_for_are_bounded) {
  auto options = quick();
  options.strangers_per_address = 2;
  node n{options};
  client http{n.port()};
  const auto open = [&] { return http.say("GET", engine_path + "polling", ""); };
  const auto first = open();
  EXPECT_EQ(first.status, 200);
  socket_client second{n.port()};
  EXPECT_TRUE(second.up);
  const auto third = open();
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.header("Retry-After"), "5");
  socket_client refused{n.port()};
  EXPECT_FALSE(refused.up);
  EXPECT_EQ(http.say("GET", engine_path + "websocket", "", "Upgrade: x\r\n").status, 429);
  second.join("/"); // is known by now
  const auto fourth = open();
  EXPECT_EQ(fourth.status, 200);
  EXPECT_EQ(open().status, 429);
  http.say("POST", engine_path + "polling&sid=" + sid_of(fourth.body), "1"); // is over
  EXPECT_EQ(http.say("GET", engine_path + "websocket", "", "Upgrade: x\r\n").status, 426);
  EXPECT_EQ(open().status, 200); // who asked for no socket in the end keeps no place
}

TEST(user_sockets, sessions_are_connections_to_the_bound_of_all) {
  auto options = quick();
  options.max_connections = 2;
  node n{options};
  client http{n.port()};
  EXPECT_EQ(http.say("GET", engine_path + "polling", "").status, 200);
  EXPECT_EQ(http.say("GET", engine_path + "polling", "").status, 503);
}

} // namespace troupe::test
