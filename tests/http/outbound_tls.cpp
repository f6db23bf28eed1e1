#include "outbound_fixture.hpp"

namespace troupe::test {

namespace {

struct outbound_tls : outbound_fixture {
  test_authority authority{"DNS:localhost,IP:127.0.0.1"};

  void trust(const std::string& pem) {
    client.reset();
    client.emplace(system, pem);
  }
  outcome ask_at(const scripted_server& server, const std::string& host) {
    return exchange(wire_to(server.port(), "https", host));
  }
};

} // namespace

TEST_F(outbound_tls, a_certificate_of_the_hosts_own_is_trusted_and_the_connection_kept) {
  trust(authority.authority_pem);
  scripted_server server{{{reply(200, "secret")}}, &authority};
  const auto wire = wire_to(server.port(), "https", "localhost");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(exchange(wire).response.body, "secret");
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(ask_at(server, "127.0.0.1").response.body, "secret");
}

TEST_F(outbound_tls, an_authority_we_do_not_know_is_not_trusted) {
  scripted_server server{{{reply(200)}}, &authority};
  EXPECT_EQ(ask_at(server, "localhost").failure, outbound_errc::not_trusted); // the system's
  const test_authority other{"DNS:localhost"};
  trust(other.authority_pem);
  const auto got = ask_at(server, "localhost");
  EXPECT_EQ(got.failure, outbound_errc::not_trusted);
  EXPECT_NE(got.why.find("certificate"), std::string::npos) << got.why;
  EXPECT_TRUE(server.seen().empty()); // the key was not sent
}

TEST_F(outbound_tls, a_certificate_for_another_host_is_not_trusted) {
  for (const auto& name : {"DNS:elsewhere.example", "IP:127.0.0.2"}) {
    const test_authority other{name};
    trust(other.authority_pem);
    scripted_server server{{{reply(200)}}, &other};
    for (const auto& host : {"localhost", "127.0.0.1"})
      EXPECT_EQ(ask_at(server, host).failure, outbound_errc::not_trusted) << name << ' ' << host;
    EXPECT_TRUE(server.seen().empty());
  }
}

TEST_F(outbound_tls, an_end_without_a_farewell_may_be_a_cut) {
  trust(authority.authority_pem);
  scripted_server server{{{"HTTP/1.1 200 OK\r\n\r\nhalf", step::close}}, &authority};
  EXPECT_EQ(ask_at(server, "localhost").failure, outbound_errc::broken_off);
}

TEST_F(outbound_tls, a_safe_request_on_a_dead_connection_goes_out_once_more) {
  trust(authority.authority_pem);
  scripted_server server{{{reply(200)}, {"", step::close}, {reply(200, "again")}}, &authority};
  const auto wire = wire_to(server.port(), "https", "localhost");
  EXPECT_EQ(exchange(wire).response.status, 200);
  EXPECT_EQ(exchange(wire).response.body, "again");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(outbound_tls, a_server_without_tls_is_refused_and_a_silent_one_ends_on_time) {
  trust(authority.authority_pem);
  scripted_server plain{{{reply(200)}}};
  timeout_ms = 100; // it reads the greeting as the head of a request that never ends
  EXPECT_EQ(ask_at(plain, "localhost").failure, outbound_errc::timed_out);
  EXPECT_TRUE(plain.await_ended(1));
}

TEST_F(outbound_tls, authorities_that_are_none_are_refused) {
  EXPECT_THROW(outbound_client(system, "no certificate"), std::runtime_error);
}

} // namespace troupe::test
