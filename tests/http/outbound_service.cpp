// The whole way out: from the actor of a service to a server and back.
#include "outbound_fixture.hpp"

#include "http/outbound/ml_engine.hpp"
#include "messages/money.hpp"

#include <caf/send.hpp>

namespace troupe::test {

namespace {

struct outbound_service : outbound_fixture {
  std::shared_ptr<dependency_board> board = std::make_shared<dependency_board>();
  outbound_actor service;

  ~outbound_service() override {
    if (service) caf::anon_send_exit(service, caf::exit_reason::kill);
  }

  void open(std::uint16_t port) {
    ml_engine_settings s;
    s.url = "http://127.0.0.1:" + std::to_string(port);
    auto o = ml_engine_options(s);
    o.uniform = [] { return 0.; }; // repeats at once
    o.board = board;
    service = spawn_outbound(system, client->open(*ml_engine_endpoint(s.url)), o);
  }
  dependency_status seen() const { return board->read().at(0); }
};

const ml_engine_requests requests{"the-key"};

} // namespace

TEST_F(outbound_service, an_account_is_told_to_the_engine_as_the_contract_says) {
  scripted_server server{{{reply(201, "{}")}}};
  open(server.port());
  ml_account a{"acc-1", "orion", "swing", "1000.00", R"({"risk":0.02})"};
  EXPECT_EQ(ask(service, *requests.create(a, "ev-1")).response.status, 201);
  ml_capital c{ml_capital::operation::withdrawal, "acc-1", "100.5", "899.5"};
  EXPECT_EQ(ask(service, *requests.capital(c, "ev-2")).response.status, 201);
  EXPECT_EQ(ask(service, *requests.pause("acc-1", "ev-3")).response.status, 201);
  EXPECT_EQ(ask(service, *requests.resume("acc-1", "ev-4")).response.status, 201);
  EXPECT_EQ(ask(service, *requests.close("acc-1", "")).response.status, 201);
  const auto told = server.seen();
  ASSERT_EQ(told.size(), 5u);
  const auto line = [](const auto& r) { return r.head.substr(0, r.head.find('\r')); };
  EXPECT_EQ(line(told[0]), "POST /api/v1/trading/accounts HTTP/1.1");
  EXPECT_EQ(told[0].body,
            R"({"account_id":"acc-1","product_id":"orion","agent_type":"swing",)"
            R"("initial_capital":"1000.00","agent_config":{"risk":0.02}})");
  EXPECT_NE(told[0].head.find("\r\nX-API-Key: the-key\r\n"), std::string::npos);
  EXPECT_NE(told[0].head.find("\r\nContent-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(told[0].head.find("\r\nIdempotency-Key: ev-1\r\n"), std::string::npos);
  EXPECT_EQ(line(told[1]), "POST /api/v1/trading/accounts/acc-1/capital HTTP/1.1");
  EXPECT_EQ(told[1].body,
            R"({"operation":"withdrawal","amount":"100.5","new_total_capital":"899.5"})");
  EXPECT_EQ(line(told[2]), "POST /api/v1/trading/accounts/acc-1/pause HTTP/1.1");
  EXPECT_EQ(told[2].body, "");
  EXPECT_EQ(line(told[3]), "POST /api/v1/trading/accounts/acc-1/resume HTTP/1.1");
  EXPECT_EQ(line(told[4]), "POST /api/v1/trading/accounts/acc-1/close HTTP/1.1");
  EXPECT_EQ(told[4].head.find("Idempotency-Key"), std::string::npos);
}

TEST_F(outbound_service, a_safe_request_survives_a_service_that_stumbles) {
  scripted_server server{{{reply(503)}, {"", step::close}, {reply(200, "well")}}};
  open(server.port());
  EXPECT_EQ(ask(service, *requests.pause("a", "e")).response.body, "well");
  EXPECT_EQ(server.seen().size(), 3u);
  EXPECT_EQ(seen().failed + seen().answered, 2u); // the dead connection was the wire's own matter
  EXPECT_EQ(seen().state, "closed");
  EXPECT_GE(seen().latency_ms, 0);
}

TEST_F(outbound_service, an_unsafe_one_is_sent_once_and_five_open_the_breaker) {
  scripted_server server{{{reply(500, "why")}}};
  open(server.port());
  auto order = *requests.pause("a", "e");
  order.safe_to_repeat = false;
  for (std::size_t i = 1; i <= 5; ++i) {
    EXPECT_EQ(ask(service, order).response.body, "why");
    EXPECT_EQ(server.seen().size(), i);
  }
  EXPECT_EQ(ask(service, order).failure, outbound_errc::breaker_open);
  EXPECT_EQ(server.seen().size(), 5u);
  EXPECT_EQ(seen().state, "open");
  EXPECT_EQ(seen().name, "ml-engine");
}

TEST_F(outbound_service, told_to_exit_it_answers_who_waits) {
  scripted_server server{{{"", step::hold}}};
  open(server.port());
  caf::scoped_actor me{system};
  auto pending = me->request(service, std::chrono::seconds{10}, *requests.pause("a", "e"));
  ASSERT_TRUE(server.await_seen(1));
  caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
  pending.receive([](outbound_response&) { FAIL() << "answered"; },
                  [](caf::error& e) { EXPECT_EQ(outbound_errc_of(e), outbound_errc::stopped); });
}

TEST(ml_engine, the_address_is_completed_unless_it_is_whole) {
  EXPECT_EQ(ml_engine_endpoint("http://ml:8000")->prefix, "/api/v1");
  EXPECT_EQ(ml_engine_endpoint("http://ml:8000/api/v1/")->prefix, "/api/v1");
  EXPECT_EQ(ml_engine_endpoint("https://x/ml")->prefix, "/ml/api/v1");
  EXPECT_FALSE(ml_engine_endpoint("ml:8000"));
}

TEST(ml_engine, settings_become_options) {
  const auto o = ml_engine_options({"http://ml", "k", 2000, 4, 100});
  EXPECT_EQ(o.name, "ml-engine");
  EXPECT_EQ(o.failures, 5u);
  EXPECT_EQ(o.retry_after_ms, 60'000);
  EXPECT_EQ(o.timeout_ms, 2000);
  EXPECT_EQ(o.retry.attempts, 4u);
  EXPECT_EQ(o.retry.delay_ms, 100);
  EXPECT_EQ(o.deadline_ms, 4 * 2000 + (1 + 2 + 3) * 100);
}

TEST(ml_engine, what_is_no_amount_no_object_and_no_id_is_refused) {
  const ml_account good{"a", "orion", "swing", "1", "{}"};
  EXPECT_TRUE(requests.create(good, "e"));
  const auto largest = to_string(money::max());
  EXPECT_TRUE(requests.capital({ml_capital::operation::deposit, "a", largest, largest}, "e"));
  for (const auto& bad :
       {"", "-1", "1e3", "1.", ".5", "1.123456789", "1234567890123", "0x1", "1 "}) {
    auto a = good;
    a.initial_capital = bad;
    EXPECT_FALSE(requests.create(a, "e")) << bad;
    EXPECT_FALSE(requests.capital({ml_capital::operation::deposit, "a", bad, "1"}, "e")) << bad;
    EXPECT_FALSE(requests.capital({ml_capital::operation::deposit, "a", "1", bad}, "e")) << bad;
  }
  for (const auto& bad : {"", "[]", "{", "1", "{}{}", "{\"a\":}"}) {
    auto a = good;
    a.agent_config = bad;
    EXPECT_FALSE(requests.create(a, "e")) << bad;
  }
  for (const auto& bad : {"", ".", ".."}) EXPECT_FALSE(requests.pause(bad, "e")) << bad;
  EXPECT_FALSE(requests.pause("a", "e\r\nX: y"));
  EXPECT_EQ(requests.close("a/../b?c", "e")->path, "/trading/accounts/a%2F..%2Fb%3Fc/close");
}

TEST(url, addresses_are_read_as_settings_give_them) {
  const auto plain = parse_endpoint("http://ml-engine:8000/api/v1/");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->host, "ml-engine");
  EXPECT_EQ(plain->port, 8000);
  EXPECT_EQ(plain->prefix, "/api/v1");
  EXPECT_EQ(plain->authority(), "ml-engine:8000");
  const auto six = parse_endpoint("https://[::1]");
  ASSERT_TRUE(six);
  EXPECT_TRUE(six->tls);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 443);
  EXPECT_EQ(six->authority(), "[::1]");
  EXPECT_EQ(parse_endpoint("http://h:443")->authority(), "h:443");
}

TEST(url, what_is_none_is_refused) {
  for (const auto& bad :
       {"", "h", "ftp://h", "http://", "http:///x", "http://h:", "http://h:0", "http://h:65536",
        "http://h:80x", "http://user@h", "http://h/x?y", "http://h/x#y", "http://h/a b",
        "http://[::1", "http://[::1]x", "http://h\r\nX: y", "http://h/\r\n", "HTTP ://h"})
    EXPECT_FALSE(parse_endpoint(bad)) << bad;
}

} // namespace troupe::test
