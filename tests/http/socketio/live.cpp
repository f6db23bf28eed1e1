// The product on Socket.IO: who may join, subscriptions, live events, gaps, slow clients, expiry.
#include "fixture.hpp"

namespace troupe::test {

namespace {

using nlohmann::json;

// The arguments of an event: [name, argument].
json event_of(const std::string& packet, const std::string& prefix) {
  if (packet.substr(0, prefix.size()) != prefix) return packet;
  return json::parse(packet.substr(prefix.size()), nullptr, false);
}

bulletin one_signal() {
  auto b = sample_bulletin("BTCUSDT");
  b.predictions.clear();
  b.signals.resize(1);
  return b;
}

const std::string in_signals = "42/signals,", in_root = "42";

} // namespace

TEST(live, a_token_comes_in_the_payload_the_header_or_the_query) {
  node n;
  socket_client payload{n.port()};
  EXPECT_EQ(payload.join("/signals").substr(0, 17), R"(40/signals,{"sid")");
  socket_client query{n.port(), "&token=alice.good"};
  query.send("40");
  EXPECT_EQ(query.read().substr(0, 8), R"(40{"sid")");
  client http{n.port()};
  const auto sid = sid_of(
      http.say("GET", engine_path + "polling", "", "Authorization: Bearer alice.good\r\n").body);
  http.say("POST", engine_path + "polling&sid=" + sid, "40/signals,");
  EXPECT_EQ(http.say("GET", engine_path + "polling&sid=" + sid, "").body.substr(0, 11),
            "40/signals,");
}

TEST(live, without_a_valid_token_nobody_joins) {
  node n;
  for (std::string connect : {R"(40)", R"(40{})", R"(40{"token":"alice.bad"})", R"(40{"token":7})",
                              R"(40{"token":""})"}) {
    socket_client s{n.port()};
    s.send(connect);
    const auto said = s.read();
    EXPECT_EQ(said.substr(0, 2), "44") << connect;
    EXPECT_EQ(json::parse(said.substr(2))["message"], "UNAUTHORIZED");
    s.send(R"(42["subscribe","BTCUSDT"])");
    EXPECT_EQ(s.closing()->close_code(), 1002);
  }
  socket_client s{n.port()};
  s.send(R"(40/other,{"token":"alice.good"})");
  EXPECT_EQ(s.read(), R"(44/other,{"message":"Invalid namespace"})");
}

TEST(live, a_wrong_payload_is_not_made_good_by_the_query) {
  node n;
  socket_client s{n.port(), "&token=alice.good"};
  s.send(R"(40{"token":"alice.bad"})");
  EXPECT_EQ(s.read().substr(0, 2), "44");
}

TEST(live, signals_reach_their_namespace_with_payload_and_number) {
  node n;
  socket_client s{n.port()};
  s.join("/signals");
  s.send(R"(42/signals,["subscribe","BTCUSDT"])");
  EXPECT_EQ(event_of(s.read(), in_signals),
            json::parse(R"(["subscribed",{"symbol":"BTCUSDT","channels":{"signals:BTCUSDT":0}}])"));
  n.publish(sample_bulletin("ETHUSDT"));
  n.publish(sample_bulletin("BTCUSDT"));
  const auto said = event_of(s.read(), in_signals);
  ASSERT_EQ(said[0], "signal");
  EXPECT_EQ(said[1]["symbol"], "BTCUSDT");
  EXPECT_EQ(said[1]["type"], "signal");
  EXPECT_EQ(said[1]["signal"]["type"], "buy");
  EXPECT_EQ(said[1]["priceRange"]["predictedHigh"], 1030);
  EXPECT_EQ(said[1]["data"]["entry"], 1000);
  EXPECT_EQ(said[1]["seq"], node_now_us + 1);
  EXPECT_EQ(event_of(s.read(), in_signals)[1]["seq"], node_now_us + 2);
}

TEST(live, the_root_hears_new_signals_predictions_and_prices) {
  node n;
  socket_client s{n.port()};
  s.join("/");
  s.send(R"(42["subscribe","BTCUSDT"])");
  EXPECT_EQ(event_of(s.read(), in_root)[1]["channels"].size(), 3u);
  n.publish(sample_bulletin("BTCUSDT"));
  const auto said = event_of(s.read(), in_root);
  EXPECT_EQ(said[0], "ml_signal_new");
  EXPECT_EQ(said[1],
            json::parse(R"({"symbol":"BTCUSDT","signal":{"type":"buy","direction":"LONG",
      "confidence":0.5},"entry":1000,"sl":990,"tp":1020,"horizon":6,"seq":)"
                        + std::to_string(node_now_us + 1) + "}"));
  EXPECT_EQ(event_of(s.read(), in_root)[0], "ml_signal_new");
  for (auto h : horizons) {
    const auto p = event_of(s.read(), in_root);
    EXPECT_EQ(p[0], "prediction");
    EXPECT_EQ(p[1]["horizon"], h);
    EXPECT_TRUE(p[1].contains("seq"));
  }
  EXPECT_EQ(event_of(s.read(), in_root),
            json::parse(R"(["price_update",{"symbol":"BTCUSDT","price":1.5,"volume":10,
      "timestamp":"2026-01-05T10:30:00.123Z","seq":)"
                        + std::to_string(node_now_us + 1) + "}]"));
}

TEST(live, an_ack_is_answered_before_the_event_and_errors_too) {
  node n;
  socket_client s{n.port()};
  s.join("/signals");
  s.send(R"(42/signals,7["subscribe","signals:BTCUSDT"])");
  EXPECT_EQ(s.read(), R"(43/signals,7[{"symbol":"BTCUSDT","channels":{"signals:BTCUSDT":0}}])");
  EXPECT_EQ(event_of(s.read(), in_signals)[0], "subscribed");
  s.send(R"(42/signals,8["unsubscribe","BTCUSDT"])");
  EXPECT_EQ(s.read().substr(0, 13), "43/signals,8[");
  EXPECT_EQ(event_of(s.read(), in_signals)[0], "unsubscribed");
  s.send(R"(42/signals,9["subscribe","NOPE"])");
  EXPECT_EQ(s.read(),
            R"(43/signals,9[{"error":{"code":"SYMBOL_NOT_FOUND",)"
            R"("message":"unknown symbol or channel"}}])");
  EXPECT_EQ(event_of(s.read(), in_signals)[1]["code"], "SYMBOL_NOT_FOUND");
}

TEST(live, a_bad_event_is_answered_and_changes_nothing) {
  struct row {
    const char *event, *code;
  };
  server_options options;
  options.socket_channels = 1;
  node n{options};
  socket_client s{n.port()};
  s.join("/");
  for (const auto& want :
       {row{R"(["dance"])", "VALIDATION_ERROR"}, row{R"(["subscribe"])", "VALIDATION_ERROR"},
        row{R"(["subscribe",7])", "VALIDATION_ERROR"},
        row{R"(["subscribe","BTCUSDT",{"since":-1}])", "VALIDATION_ERROR"},
        row{R"(["subscribe","BTCUSDT",{"since":3}])", "VALIDATION_ERROR"},
        row{R"(["subscribe","BTCUSDT"])", "VALIDATION_ERROR"}, // two channels, one is allowed
        row{R"(["subscribe","user:bob:trades"])", "FORBIDDEN"},
        row{R"(["subscribe","ticker:NOPE"])", "SYMBOL_NOT_FOUND"}}) {
    s.send(in_root + want.event);
    const auto said = event_of(s.read(), in_root);
    EXPECT_EQ(said[0], "error") << want.event;
    EXPECT_EQ(said[1]["code"], want.code) << want.event;
  }
  n.publish(sample_bulletin("BTCUSDT"));
  s.send(R"(42["subscribe","user:alice:trades"])");
  EXPECT_EQ(event_of(s.read(), in_root)[1]["symbol"], "user:alice:trades");
}

TEST(live, who_comes_back_gets_what_was_missed_or_is_told_of_the_gap) {
  node n;
  socket_client first{n.port()};
  first.join("/signals");
  first.send(R"(42/signals,["subscribe","BTCUSDT"])");
  first.read();
  for (int i = 0; i < 100; ++i) {
    n.publish(one_signal());
    ASSERT_EQ(event_of(first.read(), in_signals)[0], "signal");
  }
  const auto nth = [](std::int64_t i) { return node_now_us + i; };
  const auto resume = [&](socket_client& s, std::int64_t i) {
    s.send(R"(42/signals,["subscribe","BTCUSDT",{"since":)" + std::to_string(nth(i)) + "}]");
    EXPECT_EQ(event_of(s.read(), in_signals)[1]["channels"]["signals:BTCUSDT"], nth(100));
  };
  socket_client s{n.port()};
  s.join("/signals");
  resume(s, 98);
  EXPECT_EQ(event_of(s.read(), in_signals)[1]["seq"], nth(99));
  EXPECT_EQ(event_of(s.read(), in_signals)[1]["seq"], nth(100));
  resume(s, 100); // nothing was missed
  resume(s, 10);
  const auto gap = event_of(s.read(), in_signals);
  EXPECT_EQ(gap[0], "gap");
  EXPECT_EQ(gap[1]["from"], nth(11));
  EXPECT_EQ(gap[1]["to"], nth(99));
  EXPECT_EQ(event_of(s.read(), in_signals)[1]["seq"], nth(100));
  socket_client fresh{n.port()}; // a snapshot for who has seen nothing
  fresh.join("/signals");
  fresh.send(R"(42/signals,["subscribe","BTCUSDT"])");
  fresh.read();
  EXPECT_EQ(event_of(fresh.read(), in_signals)[1]["seq"], nth(100));
}

TEST(live, who_leaves_a_namespace_hears_it_no_more) {
  node n;
  socket_client s{n.port()};
  s.join("/signals"), s.join("/");
  s.send(R"(42/signals,["subscribe","BTCUSDT"])");
  s.read();
  s.send("41/signals,");
  s.send(R"(42["subscribe","signals:BTCUSDT"])");
  s.read();
  n.publish(one_signal());
  EXPECT_EQ(event_of(s.read(), in_root)[0], "ml_signal_new");
}

TEST(live, a_token_that_expires_makes_its_client_leave) {
  server_options options;
  options.peer_interval = std::chrono::milliseconds{50};
  node n{options};
  socket_client s{n.port()};
  s.join("/signals");
  *n.clock_us += hour_ms * 1000;
  EXPECT_EQ(event_of(s.read(), in_signals)[1]["message"], "the token has expired");
  EXPECT_EQ(s.read(), "41/signals,");
  EXPECT_EQ(s.closing()->close_reason(), "the token has expired");
  socket_client late{n.port()};
  EXPECT_EQ(late.join("/signals").substr(0, 2), "44");
}

TEST(live, a_client_that_never_polls_is_ended_and_slows_nobody) {
  server_options options;
  options.socket_queue_frames = 16;
  node n{options};
  poller slow{n.port()};
  slow.post("40/signals,{\"token\":\"alice.good\"}\x1e"
            R"(42/signals,["subscribe","BTCUSDT"])");
  socket_client quick{n.port()};
  quick.join("/signals");
  quick.send(R"(42/signals,["subscribe","BTCUSDT"])");
  quick.read();
  for (int i = 0; i < 40; ++i) {
    n.publish(one_signal());
    ASSERT_EQ(event_of(quick.read(), in_signals)[1]["seq"], node_now_us + 1 + i);
  }
  EXPECT_EQ(n.counts->slow_closes.load(), 1u);
  EXPECT_EQ(slow.poll().body, "1");
  EXPECT_EQ(slow.poll().status, 400);
}

TEST(live, a_client_ended_while_it_changes_over_is_told_why) {
  server_options options;
  options.socket_queue_frames = 16;
  node n{options};
  poller slow{n.port()};
  slow.post("40/signals,{\"token\":\"alice.good\"}\x1e"
            R"(42/signals,["subscribe","BTCUSDT"])");
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade(engine_path + "websocket&sid=" + slow.sid, ""));
  ws.send_frame("2probe");
  EXPECT_EQ(ws.read_frame()->payload, "3probe");
  socket_client quick{n.port()};
  quick.join("/signals");
  quick.send(R"(42/signals,["subscribe","BTCUSDT"])");
  quick.read();
  for (int i = 0; i < 40; ++i) {
    n.publish(one_signal());
    quick.read();
  }
  ws.send_frame("5");
  const auto end = ws.read_frame();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->close_code(), 1013);
  EXPECT_EQ(end->close_reason(), "too slow");
}

TEST(live, one_encoding_is_shared_by_all_clients) {
  std::uint64_t seq = 0;
  const auto set = encode_bulletin(
      sample_bulletin("BTCUSDT"), [&](const std::string&) { return ++seq; }, node_now_us);
  struct ear : listener {
    explicit ear(dialect d) : listener(d) {}
    void deliver(const shared_text& framed) override { heard.push_back(framed.get()); }
    void flush() override {}
    std::vector<const std::string*> heard;
  } alice{dialect::signals}, bob{dialect::signals}, plain{dialect::plain};
  counters counts{{"BTCUSDT"}};
  hub channels{counts, {"BTCUSDT"}};
  for (auto* who : {&alice, &bob, &plain})
    channels.subscribe(*who, "signals:BTCUSDT", std::nullopt);
  plain.heard.clear(); // its `subscribed`
  channels.publish(*set);
  ASSERT_EQ(alice.heard.size(), 2u);
  EXPECT_EQ(alice.heard, bob.heard);
  EXPECT_NE(alice.heard, plain.heard);
}

} // namespace troupe::test
