// HTTP itself over a real socket: framing, limits, keep-alive, CORS, stopping.
#include "node.hpp"

#include <future>

namespace troupe::test {

namespace {

const std::string get_health_text = "GET /health HTTP/1.1\r\nHost: t\r\n\r\n";

} // namespace

TEST(http, requests_in_one_packet_are_answered_in_order) {
  node n;
  client http{n.port()};
  const std::string body = R"({"symbol":"BTCUSDT","horizon":72})";
  http.send(get_health_text
            + "POST /predictions HTTP/1.1\r\nHost: t\r\nX-API-Key: secret\r\nContent-Length: "
            + std::to_string(body.size()) + "\r\n\r\n" + body
            + "GET /nope HTTP/1.1\r\nHost: t\r\n\r\n" + get_health_text);
  EXPECT_EQ(http.read_answer().status, 200);
  EXPECT_NE(http.read_answer().body.find("\"horizon\":72"), std::string::npos);
  EXPECT_EQ(http.read_answer().status, 404);
  EXPECT_EQ(http.read_answer().status, 200);
}

TEST(http, a_request_may_come_byte_by_byte) {
  node n;
  client http{n.port()};
  const std::string text = "POST /predictions HTTP/1.1\r\nHost: t\r\nX-API-Key: secret\r\n"
                           "Content-Length: 33\r\n\r\n"
                           R"({"symbol":"BTCUSDT","horizon":18})";
  for (char c : text) ASSERT_TRUE(http.send({&c, 1}));
  EXPECT_EQ(http.read_answer().status, 200);
}

TEST(http, a_body_may_be_chunked_with_extensions_and_trailers) {
  node n;
  client http{n.port()};
  http.send("POST /predictions HTTP/1.1\r\nHost: t\r\nX-API-Key: secret\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
            "10;a=b\r\n{\"symbol\":\"BTCUS\r\n11\r\nDT\",\"horizon\":18}\r\n"
            "0\r\nX-API-Key: wrong\r\nX-More: "
            + std::string(2000, 'y') + "\r\n\r\n" + get_health_text);
  const auto a = http.read_answer();
  EXPECT_EQ(a.status, 200) << a.body;
  EXPECT_EQ(http.read_answer().status, 200);
}

TEST(http, head_says_the_length_and_sends_no_body) {
  node n;
  client http{n.port()};
  http.send("HEAD /health HTTP/1.1\r\nHost: t\r\n\r\n" + get_health_text);
  const auto head = http.read_answer(true);
  EXPECT_EQ(head.status, 200);
  const auto full = http.read_answer();
  EXPECT_EQ(head.header("Content-Length"), std::to_string(full.body.size()));
}

TEST(http, version_1_0_closes_unless_asked_to_stay) {
  node n;
  client http{n.port()};
  http.send("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(http.read_answer().header("Connection"), "keep-alive");
  http.send("GET /health HTTP/1.0\r\n\r\n");
  EXPECT_EQ(http.read_answer().header("Connection"), "close");
  EXPECT_TRUE(http.at_end());
}

TEST(http, a_client_that_waits_for_leave_gets_it) {
  node n;
  client http{n.port()};
  http.send("POST /predictions HTTP/1.1\r\nHost: t\r\nX-API-Key: secret\r\n"
            "Expect: 100-continue\r\nContent-Length: 33\r\n\r\n");
  EXPECT_EQ(http.read_answer().status, 100);
  http.send(R"({"symbol":"BTCUSDT","horizon":18})");
  EXPECT_EQ(http.read_answer().status, 200);
}

TEST(http, a_body_over_the_limit_is_refused_before_it_is_read) {
  node n;
  client http{n.port()};
  http.send("POST /predictions HTTP/1.1\r\nHost: t\r\nContent-Length: 65537\r\n\r\n");
  const auto a = http.read_answer();
  EXPECT_EQ(a.status, 413);
  EXPECT_NE(a.body.find("PAYLOAD_TOO_LARGE"), std::string::npos);
  EXPECT_EQ(a.header("Connection"), "close");
  client chunked{n.port()};
  chunked.send(
      "POST /predictions HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n"
      + std::string(65537, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.read_answer().status, 413);
}

TEST(http, a_body_at_the_limit_is_read) {
  node n;
  client http{n.port()};
  std::string body = R"({"symbol":"BTCUSDT","horizon":18})";
  body.append(65536 - body.size(), ' ');
  EXPECT_EQ(http.post("/predictions", body).status, 200);
}

TEST(http, a_head_over_the_limit_is_431) {
  node n;
  for (const auto& head :
       {"GET /health HTTP/1.1\r\nHost: t\r\nX: " + std::string(20000, 'x') + "\r\n\r\n",
        "GET /" + std::string(20000, 'x'), [] {
          std::string many = "GET /health HTTP/1.1\r\nHost: t\r\n";
          for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
          return many + "\r\n";
        }()}) {
    client http{n.port()};
    http.send(head);
    const auto a = http.read_answer();
    EXPECT_EQ(a.status, 431);
    EXPECT_EQ(a.header("Connection"), "close");
  }
}

TEST(http, what_is_no_request_is_400_and_ends_the_connection) {
  node n;
  for (const auto text :
       {"hello\r\n\r\n", "GET  /health HTTP/1.1\r\nHost: t\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost t\r\n\r\n", "GET /health HTTP/1.1\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST /signals HTTP/1.1\r\nHost: t\r\nContent-Length: x\r\n\r\n",
        "POST /signals HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /signals HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST /signals HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /signals HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"}) {
    client http{n.port()};
    http.send(text);
    const auto a = http.read_answer();
    EXPECT_EQ(a.status, 400) << text << a.body;
    EXPECT_NE(a.body.find("VALIDATION_ERROR"), std::string::npos);
    EXPECT_TRUE(http.at_end()) << text;
  }
}

TEST(http, a_request_id_is_echoed_when_sane_and_minted_otherwise) {
  node n;
  client http{n.port()};
  EXPECT_EQ(http.get("/health", "X-Request-Id: abc-1\r\n").header("X-Request-Id"), "abc-1");
  const auto minted = http.get("/health", "X-Request-Id: <script>\r\n").header("X-Request-Id");
  EXPECT_EQ(minted.size(), 16u);
  EXPECT_NE(http.get("/health").header("X-Request-Id"), minted);
}

TEST(http, nothing_tells_what_the_server_is) {
  node n;
  client http{n.port()};
  EXPECT_EQ(http.get("/health").header("Server"), "");
}

TEST(http, preflight_is_answered_before_routing_for_allowed_origins_only) {
  server_options options;
  options.cors_origins = {"https://app.example"};
  node n{options};
  client http{n.port()};
  const auto preflight = [&](std::string_view origin) {
    http.send("OPTIONS /predictions HTTP/1.1\r\nHost: t\r\nAccess-Control-Request-Method: POST\r\n"
              "Origin: "
              + std::string{origin} + "\r\n\r\n");
    return http.read_answer();
  };
  const auto good = preflight("https://app.example");
  EXPECT_EQ(good.status, 204);
  EXPECT_EQ(good.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_NE(good.header("Access-Control-Allow-Headers").find("X-API-Key"), std::string::npos);
  const auto bad = preflight("https://evil.example");
  EXPECT_EQ(bad.header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(bad.header("Access-Control-Allow-Methods"), "");
  const auto answered = http.get("/health", "Origin: https://app.example\r\n");
  EXPECT_EQ(answered.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_NE(answered.header("Access-Control-Expose-Headers").find("RateLimit"), std::string::npos);
}

TEST(http, strangers_are_limited_and_keys_are_not) {
  guard_limits limits;
  limits.per_minute = 3;
  node n{{}, limits};
  client http{n.port()};
  int refused = 0;
  for (int i = 0; i < 8; ++i) {
    http.send("GET /models/status HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto a = http.read_answer();
    EXPECT_EQ(a.header("RateLimit-Limit"), "3");
    EXPECT_NE(a.header("RateLimit-Reset"), "");
    if (a.status != 429) continue;
    ++refused;
    EXPECT_NE(a.header("Retry-After"), "");
    EXPECT_EQ(a.header("RateLimit-Remaining"), "0");
    EXPECT_NE(a.body.find("RATE_LIMITED"), std::string::npos);
    EXPECT_NE(a.body.find(R"("limit":3,"remaining":0,"resetAt":"2026-01-05T10:3)"),
              std::string::npos)
        << a.body;
  }
  EXPECT_GE(refused, 2); // 5, or fewer when the minute turned meanwhile
  for (int i = 0; i < 8; ++i) EXPECT_EQ(http.get("/models/status").status, 200);
  for (int i = 0; i < 8; ++i) {
    http.send(get_health_text);
    EXPECT_EQ(http.read_answer().status, 200); // probes are not counted
  }
}

TEST(http, metrics_need_no_key_from_this_machine_but_one_through_a_proxy) {
  node n;
  client http{n.port()};
  http.send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(http.read_answer().status, 200);
  http.send("GET /metrics HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n");
  EXPECT_EQ(http.read_answer().status, 401);
}

TEST(http, past_the_limit_of_connections_a_new_one_gets_503) {
  server_options options;
  options.max_connections = 2;
  node n{options};
  client a{n.port()}, b{n.port()};
  EXPECT_EQ(a.get("/health").status, 200);
  EXPECT_EQ(b.get("/health").status, 200);
  client c{n.port()};
  const auto refused = c.read_answer();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("BUSY"), std::string::npos);
  EXPECT_TRUE(c.at_end());
  EXPECT_EQ(a.get("/health").status, 200);
}

TEST(http, too_many_waiting_requests_are_busy_at_once) {
  server_options options;
  options.port_bounds.max_pending = 1;
  node n{options};
  client a{n.port()}, b{n.port()};
  const std::string body = R"({"symbol":"MUTEUSD","horizon":6})";
  a.send("POST /predictions HTTP/1.1\r\nHost: t\r\nX-API-Key: secret\r\nContent-Length: "
         + std::to_string(body.size()) + "\r\n\r\n" + body);
  while (n.counts->cache_misses.load() == 0) {
  } // a's request waits for its actor
  const auto refused = b.post("/signals", R"({"symbol":"BTCUSDT","horizon":6})");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  n.release_mute();
  EXPECT_EQ(a.read_answer().status, 200);
}

TEST(http, a_request_that_does_not_arrive_in_time_is_408) {
  server_options options;
  options.header_timeout = options.body_timeout = std::chrono::seconds{0};
  node n{options};
  client head{n.port()}, body{n.port()}, silent{n.port()};
  head.send("GET /health HT");
  body.send("POST /signals HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n{");
  EXPECT_EQ(head.read_answer().status, 408);
  EXPECT_EQ(body.read_answer().status, 408);
  EXPECT_TRUE(silent.at_end());
}

TEST(http, an_actor_that_does_not_answer_in_time_is_busy) {
  server_options options;
  options.handling_timeout = std::chrono::seconds{0};
  node n{options};
  client http{n.port()};
  const auto a = http.post("/predictions", R"({"symbol":"MUTEUSD","horizon":6})");
  EXPECT_EQ(a.status, 503);
  EXPECT_NE(a.body.find("BUSY"), std::string::npos);
  n.release_mute(); // too late: nobody listens, nothing breaks
  EXPECT_TRUE(http.at_end());
}

TEST(http, a_large_answer_reaches_a_client_that_reads_slowly) {
  server_options options;
  options.send_buffer_bytes = 4096;
  node n{options};
  client http{n.port(), 4096};
  const std::string one = "GET /api/history/BTCUSDT?limit=5000 HTTP/1.1\r\nHost: t\r\n"
                          "X-API-Key: secret\r\n\r\n";
  http.send(one + one + get_health_text);
  const auto first = http.read_answer();
  EXPECT_GT(first.body.size(), 400'000u);
  EXPECT_EQ(http.read_answer().body, first.body);
  EXPECT_EQ(http.read_answer().status, 200);
}

TEST(http, stopping_ends_what_is_in_flight_and_then_closes) {
  node n;
  client idle{n.port()}, busy{n.port()}, fresh{n.port()};
  EXPECT_EQ(idle.get("/health").status, 200);
  const std::string body = R"({"symbol":"MUTEUSD","horizon":6})";
  EXPECT_EQ(busy.get("/health").status, 200);
  busy.send("POST /predictions HTTP/1.1\r\nHost: t\r\nX-API-Key: secret\r\nContent-Length: "
            + std::to_string(body.size()) + "\r\n\r\n" + body);
  while (n.counts->cache_misses.load() == 0) {
  } // the request has reached its route
  auto stopped =
      std::async(std::launch::async, [&] { return n.web->stop(std::chrono::seconds{5}); });
  EXPECT_TRUE(idle.at_end()); // so the stop has begun
  EXPECT_TRUE(fresh.at_end());
  n.release_mute();
  const auto a = busy.read_answer();
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.header("Connection"), "close");
  EXPECT_TRUE(busy.at_end());
}

TEST(http, a_stop_does_not_wait_beyond_its_deadline) {
  node n;
  client busy{n.port()};
  const std::string body = R"({"symbol":"MUTEUSD","horizon":6})";
  busy.send("POST /predictions HTTP/1.1\r\nHost: t\r\nX-API-Key: secret\r\nContent-Length: "
            + std::to_string(body.size()) + "\r\n\r\n" + body);
  while (n.counts->cache_misses.load() == 0) {
  } // it waits for its actor
  EXPECT_FALSE(n.web->stop(std::chrono::milliseconds{50}));
}

TEST(http, a_port_in_use_is_an_error_that_names_it) {
  node n;
  for (std::size_t threads : {1, 2}) {
    server_options options;
    options.port = n.port();
    options.io_threads = threads;
    server second{n.system, options};
    const auto outcome = second.start(n.make_gateway());
    EXPECT_EQ(outcome.port, 0);
    EXPECT_NE(outcome.error.find(std::to_string(n.port())), std::string::npos) << outcome.error;
  }
}

TEST(http, several_io_threads_serve_one_port) {
  server_options options;
  options.io_threads = 3;
  node n{options};
  for (int i = 0; i < 20; ++i) {
    client http{n.port()};
    EXPECT_EQ(http.get("/health").status, 200);
  }
}

} // namespace troupe::test
