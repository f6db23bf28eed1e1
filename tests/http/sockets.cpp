// WebSockets over real connections: subscriptions, snapshots, resumption, bounds, closing.
#include "node.hpp"

#include <future>
#include <nlohmann/json.hpp>

namespace troupe::test {

using nlohmann::json;

namespace {

json read_json(client& ws) {
  const auto frame = ws.read_frame();
  if (!frame || frame->opcode != 1) return json{};
  return json::parse(frame->payload);
}

bulletin only_signals(const symbol_name& symbol) {
  auto b = sample_bulletin(symbol);
  b.predictions.clear();
  b.signals.resize(1);
  return b;
}

// The n-th event of a channel: numbers begin with the microsecond of the first.
std::int64_t nth(std::int64_t n) { return n == 0 ? 0 : node_now_us + n; }

} // namespace

TEST(sockets, a_path_subscribes_to_signals_and_predictions) {
  node n;
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws/BTCUSDT"));
  EXPECT_EQ(read_json(ws),
            json::parse(R"({"event":"subscribed","channel":"signals:BTCUSDT","seq":0})"));
  EXPECT_EQ(read_json(ws)["channel"], "predictions:BTCUSDT");
  n.publish(sample_bulletin("ETHUSDT"));
  n.publish(sample_bulletin("BTCUSDT"));
  const auto frame = ws.read_frame();
  ASSERT_TRUE(frame);
  const auto s = json::parse(frame->payload);
  EXPECT_EQ(s["event"], "signal");
  EXPECT_EQ(s["channel"], "signals:BTCUSDT");
  EXPECT_EQ(s["seq"], nth(1));
  EXPECT_EQ(s["data"]["type"], "signal");
  EXPECT_EQ(s["data"]["priceRange"]["predictedHigh"], 1030);
  EXPECT_EQ(s["data"]["data"]["entry"], 1000);
  EXPECT_EQ(frame->payload.substr(frame->payload.size() - 43),
            R"(,"timestamp":"2026-01-05T10:30:00.123456Z"})");
  EXPECT_EQ(read_json(ws)["seq"], nth(2));
  for (auto h : horizons) {
    const auto p = read_json(ws);
    EXPECT_EQ(p["event"], "prediction");
    EXPECT_EQ(p["data"]["horizon"], h);
  }
}

TEST(sockets, who_comes_later_gets_the_newest_of_each_horizon_at_once) {
  node n;
  client first{n.port()};
  ASSERT_TRUE(first.upgrade("/ws/BTCUSDT"));
  for (int i = 0; i < 3; ++i) n.publish(sample_bulletin("BTCUSDT"));
  for (int i = 0; i < 2 + 3 * 6; ++i) ASSERT_TRUE(first.read_frame());
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws/BTCUSDT?api_key=secret", ""));
  EXPECT_EQ(read_json(ws)["seq"], nth(6));
  EXPECT_EQ(read_json(ws)["seq"], nth(5));
  EXPECT_EQ(read_json(ws)["seq"], nth(6));
  EXPECT_EQ(read_json(ws)["event"], "subscribed");
  for (int seq = 9; seq <= 12; ++seq) EXPECT_EQ(read_json(ws)["seq"], nth(seq));
}

TEST(sockets, who_comes_back_gets_what_was_missed_or_is_told_of_the_gap) {
  node n;
  client first{n.port()};
  ASSERT_TRUE(first.upgrade("/ws"));
  first.send_frame(R"({"op":"subscribe","channel":"signals:ETHUSDT"})");
  EXPECT_EQ(read_json(first)["seq"], nth(0));
  for (int i = 0; i < 100; ++i) n.publish(only_signals("ETHUSDT"));
  for (int i = 1; i <= 100; ++i) ASSERT_EQ(read_json(first)["seq"], nth(i));

  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws"));
  const auto resume = [&](std::int64_t since) {
    ws.send_frame(R"({"op":"subscribe","channel":"signals:ETHUSDT","since":)"
                  + std::to_string(nth(since)) + "}");
    EXPECT_EQ(read_json(ws)["seq"], nth(100));
  };
  resume(98);
  EXPECT_EQ(read_json(ws)["seq"], nth(99));
  EXPECT_EQ(read_json(ws)["seq"], nth(100));
  resume(100); // nothing was missed
  resume(36);  // the oldest kept is 37
  for (int i = 37; i <= 100; ++i) ASSERT_EQ(read_json(ws)["seq"], nth(i));
  resume(35);
  EXPECT_EQ(read_json(ws),
            json::parse(R"({"event":"gap","channel":"signals:ETHUSDT","from":)"
                        + std::to_string(nth(36)) + R"(,"to":)" + std::to_string(nth(99)) + "}"));
  EXPECT_EQ(read_json(ws)["seq"], nth(100));
  resume(5000); // beyond ours: the clock was set back
  EXPECT_EQ(read_json(ws)["event"], "gap");
  EXPECT_EQ(read_json(ws)["seq"], nth(100));
  resume(17 - node_now_us); // a number of an earlier life is below every number of this one
  EXPECT_EQ(read_json(ws)["event"], "gap");
  EXPECT_EQ(read_json(ws)["seq"], nth(100));
}

TEST(sockets, unsubscribing_ends_the_frames) {
  node n;
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws/BTCUSDT"));
  read_json(ws), read_json(ws);
  ws.send_frame(R"({"op":"unsubscribe","channel":"predictions:BTCUSDT"})");
  EXPECT_EQ(read_json(ws),
            json::parse(R"({"event":"unsubscribed","channel":"predictions:BTCUSDT"})"));
  n.publish(sample_bulletin("BTCUSDT"));
  n.publish(sample_bulletin("BTCUSDT"));
  for (int seq = 1; seq <= 4; ++seq) {
    const auto frame = read_json(ws);
    EXPECT_EQ(frame["event"], "signal");
    EXPECT_EQ(frame["seq"], nth(seq));
  }
}

TEST(sockets, a_bad_command_is_answered_and_the_socket_stays) {
  node n;
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws"));
  for (auto text : {"x", "[]", R"({"op":"dance","channel":"signals:BTCUSDT"})",
                    R"({"channel":"signals:BTCUSDT"})", R"({"op":"subscribe"})",
                    R"({"op":"subscribe","channel":7})",
                    R"({"op":"subscribe","channel":"signals:BTCUSDT","since":-1})"}) {
    ws.send_frame(text);
    EXPECT_EQ(read_json(ws)["code"], "VALIDATION_ERROR") << text;
  }
  ws.send_frame(R"({"op":"subscribe","channel":"signals:NOPE"})");
  EXPECT_EQ(read_json(ws)["code"], "SYMBOL_NOT_FOUND");
  ws.send_frame(R"({"op":"subscribe","channel":"signals:BTCUSDT"})");
  EXPECT_EQ(read_json(ws)["event"], "subscribed");
}

TEST(sockets, channels_of_one_socket_are_bounded) {
  server_options options;
  options.socket_channels = 2;
  node n{options};
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws/BTCUSDT"));
  read_json(ws), read_json(ws);
  ws.send_frame(R"({"op":"subscribe","channel":"signals:BTCUSDT"})");
  EXPECT_EQ(read_json(ws)["event"], "subscribed"); // has it already
  ws.send_frame(R"({"op":"subscribe","channel":"signals:ETHUSDT"})");
  EXPECT_EQ(read_json(ws)["message"], "too many channels");
}

TEST(sockets, pings_are_answered_and_a_close_is_returned) {
  node n;
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws"));
  ws.send_frame("hello", 9);
  const auto pong = ws.read_frame();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->opcode, 10u);
  EXPECT_EQ(pong->payload, "hello");
  ws.send_frame(std::string{"\x03\xe8", 2}, 8);
  const auto closed = ws.read_frame();
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->opcode, 8u);
  EXPECT_EQ(closed->close_code(), 1000);
  EXPECT_TRUE(ws.at_end());
}

TEST(sockets, a_breach_of_the_protocol_is_closed_with_its_code) {
  struct row {
    std::string bytes;
    int code;
  };
  node n;
  for (const auto& [bytes, code] :
       {row{client_frame("x", 2), 1003}, row{client_frame("\xff\xfe", 1), 1007},
        row{client_frame(std::string(4097, 'x'), 1), 1009}, row{client_frame("x", 3), 1002},
        row{std::string{"\x81\x01x", 3}, 1002}, row{client_frame("x", 0), 1002}}) {
    client ws{n.port()};
    ASSERT_TRUE(ws.upgrade("/ws"));
    ws.send(bytes);
    const auto closed = ws.read_frame();
    ASSERT_TRUE(closed) << code;
    EXPECT_EQ(closed->opcode, 8u);
    EXPECT_EQ(closed->close_code(), code);
    EXPECT_TRUE(ws.at_end());
  }
}

TEST(sockets, a_handshake_that_is_none_is_426) {
  node n;
  client http{n.port()};
  EXPECT_EQ(http.get("/ws/BTCUSDT").status, 426);
  EXPECT_EQ(http.get("/ws",
                     "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: "
                     "dGhlIHNhbXBsZSBub25jZQ==\r\n")
                .header("Sec-WebSocket-Version"),
            "13");
  EXPECT_EQ(http.get("/ws",
                     "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n")
                .status,
            426);
}

TEST(sockets, frames_sent_right_behind_the_handshake_are_heard) {
  node n;
  client ws{n.port()};
  ws.send("GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "X-API-Key: secret\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
          + client_frame(R"({"op":"subscribe","channel":"signals:BTCUSDT"})"));
  EXPECT_EQ(ws.read_answer().status, 101);
  EXPECT_EQ(read_json(ws)["event"], "subscribed");
}

TEST(sockets, a_slow_client_is_closed_with_a_reason_and_slows_nobody) {
  server_options options;
  options.socket_queue_frames = 64;
  options.send_buffer_bytes = 4096;
  node n{options};
  client slow{n.port(), 4096}, quick{n.port()};
  ASSERT_TRUE(slow.upgrade("/ws/BTCUSDT"));
  ASSERT_TRUE(quick.upgrade("/ws/BTCUSDT"));
  ASSERT_TRUE(quick.read_frame() && quick.read_frame());
  for (int i = 0; i < 300; ++i) {
    n.publish(sample_bulletin("BTCUSDT"));
    for (int k = 0; k < 6; ++k) ASSERT_TRUE(quick.read_frame()) << i;
  }
  EXPECT_EQ(n.counts->slow_closes.load(), 1u);
  EXPECT_GT(n.counts->frames_dropped.load(), 0u);
  std::optional<ws_frame> last, next;
  while ((next = slow.read_frame())) {
    last = next;
    EXPECT_TRUE(last->opcode != 1 || json::accept(last->payload));
  }
  ASSERT_TRUE(last);
  EXPECT_EQ(last->opcode, 8u);
  EXPECT_EQ(last->close_code(), 1013);
  EXPECT_EQ(last->close_reason(), "too slow");
}

TEST(sockets, stopping_closes_sockets_with_a_reason) {
  node n;
  client polite{n.port()}, rude{n.port()};
  ASSERT_TRUE(polite.upgrade("/ws"));
  ASSERT_TRUE(rude.upgrade("/ws"));
  auto stopped =
      std::async(std::launch::async, [&] { return n.web->stop(std::chrono::seconds{5}); });
  const auto closed = polite.read_frame();
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->close_code(), 1001);
  EXPECT_EQ(closed->close_reason(), "server shutdown");
  polite.send_frame(closed->payload, 8);
  EXPECT_TRUE(stopped.get()); // the one that never answers is let go in time
}

TEST(sockets, a_quiet_client_is_pinged_and_a_silent_one_closed) {
  server_options options;
  options.ping_interval = std::chrono::seconds{0};
  options.silence_limit = std::chrono::seconds{2}; // more than one tick: the ping comes first
  node n{options};
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws"));
  const auto ping = ws.read_frame();
  ASSERT_TRUE(ping);
  EXPECT_EQ(ping->opcode, 9u);
  auto last = ping;
  while (last && last->opcode == 9) last = ws.read_frame();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->close_code(), 1008);
  EXPECT_EQ(last->close_reason(), "silent for too long");
}

TEST(sockets, time_from_candle_to_frame_is_counted) {
  node n;
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws/BTCUSDT"));
  read_json(ws), read_json(ws);
  auto b = sample_bulletin("BTCUSDT");
  b.received_ns = 1;
  n.publish(b);
  n.publish(b);
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(ws.read_frame()); // into the second bulletin
  EXPECT_GE(n.counts->candle_to_frame.counts.back().load(), 1u);
}

} // namespace troupe::test
