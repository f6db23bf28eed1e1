#include "outbound_fixture.hpp"

#include <future>

namespace troupe::test {

namespace {

using namespace std::string_literals;

struct outbound_wire : outbound_fixture {
  /// What a single step of the server comes to.
  outcome meet(step s, const std::string& method = "GET") {
    scripted_server server{{std::move(s)}};
    return exchange(wire_to(server.port()), method);
  }
};

} // namespace

TEST_F(outbound_wire, a_request_arrives_whole_and_its_answer_too) {
  scripted_server server{{{reply(201, "made", "X-Id: 7\r\nx-id: 8\r\n")}}};
  const auto got = exchange(wire_to(server.port(), "http", "127.0.0.1", "/api/v1/"), "POST", false,
                            R"({"a":1})");
  EXPECT_EQ(got.response.status, 201);
  EXPECT_EQ(got.response.body, "made");
  EXPECT_EQ(got.response.get("X-ID"), "7");
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].head,
            "POST /api/v1/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port())
                + "\r\nUser-Agent: troupe\r\nX-API-Key: k\r\nContent-Length: 7\r\n");
  EXPECT_EQ(seen[0].body, R"({"a":1})");
}

TEST_F(outbound_wire, a_connection_is_kept_and_used_again) {
  scripted_server server{{{reply(200, "a")}}};
  const auto wire = wire_to(server.port());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(exchange(wire).response.status, 200);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(outbound_wire, a_server_that_will_close_is_not_asked_on_the_same_connection) {
  scripted_server server{{{reply(200, "a", "Connection: close\r\n")}}};
  const auto wire = wire_to(server.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(exchange(wire).response.status, 200);
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(outbound_wire, bodies_come_by_length_in_chunks_or_until_the_end) {
  EXPECT_EQ(meet({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3;x=y\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Late: 1\r\n\r\n"})
                .response.body,
            "abcdefg");
  EXPECT_EQ(meet({"HTTP/1.0 200 OK\r\n\r\nuntil the end", step::close}).response.body,
            "until the end");
  EXPECT_EQ(meet({reply(204)}).response.status, 204);
  const auto head = meet({"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"}, "HEAD");
  EXPECT_EQ(head.response.status, 200);
  EXPECT_EQ(head.response.body, "");
}

TEST_F(outbound_wire, interim_answers_are_passed_over_but_not_for_ever) {
  const std::string interim = "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n";
  EXPECT_EQ(meet({interim + interim + reply(200, "real")}).response.body, "real");
  std::string many;
  for (int i = 0; i < 20; ++i) many += interim;
  EXPECT_EQ(meet({many + reply(200)}).failure, outbound_errc::malformed_answer);
  EXPECT_EQ(meet({"HTTP/1.1 101 Switch\r\n\r\n"}).failure, outbound_errc::malformed_answer);
}

TEST_F(outbound_wire, what_never_answers_ends_on_time) {
  timeout_ms = 80;
  for (const auto& started : {"", "HTTP/1.1 200 OK\r\nContent-",
                              "HTTP/1.1 200 OK\r\n"
                              "Content-Length: 9\r\n\r\nhalf"}) {
    scripted_server server{{{started, step::hold}}};
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(exchange(wire_to(server.port())).failure, outbound_errc::timed_out) << started;
    const auto took = std::chrono::steady_clock::now() - before;
    EXPECT_GE(took, std::chrono::milliseconds{80});
    EXPECT_LT(took, std::chrono::seconds{2});
    EXPECT_TRUE(server.await_ended(1)); // the connection is closed, not left
  }
}

TEST_F(outbound_wire, an_answer_cut_short_is_no_answer) {
  for (const auto& part : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"})
    EXPECT_EQ(meet({part, step::close}).failure, outbound_errc::broken_off) << part;
}

TEST_F(outbound_wire, garbage_is_refused) {
  for (const auto& text : {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
                           "HTTP/1.1 000 X\r\n\r\n", "HTTP/1.1 700 X\r\nContent-Length: 0\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"})
    EXPECT_EQ(meet({text, step::hold}).failure, outbound_errc::malformed_answer) << text;
}

TEST_F(outbound_wire, what_is_too_large_is_refused_before_it_is_read) {
  limits.max_body_bytes = 1000;
  limits.max_header_bytes = 2000;
  EXPECT_EQ(meet({reply(200, std::string(1000, 'x'))}).response.body.size(), 1000u);
  const std::string much(5000, 'x');
  for (const auto& text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"s, "HTTP/1.1 200 OK\r\n\r\n" + much,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + much,
        "HTTP/1.1 200 OK\r\nX: " + much, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"s,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + much,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + much})
    EXPECT_EQ(meet({text, step::hold}).failure, outbound_errc::too_large) << text.substr(0, 60);
}

TEST_F(outbound_wire, nobody_there_is_said_so) {
  std::uint16_t port = 0;
  {
    scripted_server gone{{{reply(200)}}};
    port = gone.port();
  }
  EXPECT_EQ(exchange(wire_to(port)).failure, outbound_errc::cannot_connect);
  // A name with an empty label is refused without asking anybody.
  const auto got = exchange(wire_to(80, "http", "no..host"));
  EXPECT_EQ(got.failure, outbound_errc::cannot_connect);
  EXPECT_NE(got.why.find("no..host"), std::string::npos);
}

TEST_F(outbound_wire, a_safe_request_on_a_dead_connection_goes_out_once_more) {
  scripted_server server{{{reply(200)}, {"", step::close}, {reply(200, "again")}}};
  const auto wire = wire_to(server.port());
  EXPECT_EQ(exchange(wire).response.status, 200);
  EXPECT_EQ(exchange(wire).response.body, "again");
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(server.seen().size(), 3u);
}

TEST_F(outbound_wire, it_goes_out_once_more_only) {
  scripted_server server{{{reply(200)}, {"", step::close}}};
  const auto wire = wire_to(server.port());
  EXPECT_EQ(exchange(wire).response.status, 200);
  EXPECT_EQ(exchange(wire).failure, outbound_errc::broken_off);
  EXPECT_EQ(server.seen().size(), 3u);
}

TEST_F(outbound_wire, an_unsafe_request_on_a_dead_connection_does_not) {
  scripted_server server{{{reply(200)}, {"", step::close}, {reply(200, "again")}}};
  const auto wire = wire_to(server.port());
  EXPECT_EQ(exchange(wire).response.status, 200);
  EXPECT_EQ(exchange(wire, "POST", false, "order").failure, outbound_errc::broken_off);
  EXPECT_EQ(server.seen().size(), 2u);
}

TEST_F(outbound_wire, a_connection_closed_while_idle_is_not_used) {
  scripted_server server{{{reply(200), step::close}, {reply(200, "fresh")}}};
  const auto wire = wire_to(server.port());
  EXPECT_EQ(exchange(wire).response.status, 200);
  ASSERT_TRUE(server.await_ended(1));
  EXPECT_EQ(exchange(wire, "POST", false, "order").response.body, "fresh");
  EXPECT_EQ(server.seen().size(), 2u);
}

TEST_F(outbound_wire, bytes_nobody_asked_for_end_a_connection) {
  scripted_server server{{{reply(200, "a") + reply(200, "smuggled")}, {reply(200, "b")}}};
  const auto wire = wire_to(server.port());
  EXPECT_EQ(exchange(wire).response.body, "a");
  EXPECT_EQ(exchange(wire).response.body, "b");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(outbound_wire, an_idle_connection_is_closed_after_its_time) {
  limits.idle_timeout_ms = 1;
  scripted_server server{{{reply(200)}}};
  EXPECT_EQ(exchange(wire_to(server.port())).response.status, 200);
  EXPECT_TRUE(server.await_ended(1));
}

TEST_F(outbound_wire, connections_are_bounded) {
  limits.max_connections = 2;
  scripted_server server{{{"", step::hold}}};
  const auto wire = wire_to(server.port());
  const auto start = [&] { return std::async(std::launch::async, [&] { return exchange(wire); }); };
  auto first = start(), second = start();
  ASSERT_TRUE(server.await_seen(2));
  EXPECT_EQ(exchange(wire).failure, outbound_errc::busy);
  server.close_all();
  EXPECT_EQ(first.get().failure, outbound_errc::broken_off);
  EXPECT_EQ(second.get().failure, outbound_errc::broken_off);
}

TEST_F(outbound_wire, stopping_answers_what_is_under_way) {
  scripted_server server{{{"", step::hold}}};
  const auto wire = wire_to(server.port());
  auto pending = std::async(std::launch::async, [&] { return exchange(wire); });
  // Once the request was read it is under way for certain.
  ASSERT_TRUE(server.await_seen(1));
  client.reset();
  EXPECT_EQ(pending.get().failure, outbound_errc::stopped);
  EXPECT_EQ(exchange(wire).failure, outbound_errc::stopped); // and so is all that comes later
  EXPECT_TRUE(server.await_ended(1));
}

} // namespace troupe::test
