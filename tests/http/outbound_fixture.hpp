// A client and what it needs, for the suites of outgoing requests.
#pragma once
#include "http/outbound/client.hpp"

#include "messages/types.hpp"
#include "outbound_server.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace troupe::test {

using step = scripted_server::step;

struct outcome {
  outbound_response response;
  outbound_errc failure = outbound_errc::none;
  std::string why;
};

struct outbound_config : caf::actor_system_config {
  outbound_config() {
    add_message_types<caf::id_block::troupe>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 2);
  }
};

struct outbound_fixture : ::testing::Test {
  outbound_config config;
  caf::actor_system system{config};
  std::optional<outbound_client> client{std::in_place, system};
  wire_limits limits;
  std::int64_t timeout_ms = 5000;

  wire_actor wire_to(std::uint16_t port, const std::string& scheme = "http",
                     const std::string& host = "127.0.0.1", const std::string& prefix = "") {
    const auto at = parse_endpoint(scheme + "://" + host + ":" + std::to_string(port) + prefix);
    return client->open(*at, limits);
  }

  template<class Handle, class Message>
  outcome ask(const Handle& whom, Message what) {
    outcome out;
    caf::scoped_actor me{system};
    me->request(whom, std::chrono::seconds{20}, std::move(what))
        .receive([&](outbound_response& r) { out.response = std::move(r); },
                 [&](caf::error& e) {
                   out.failure = outbound_errc_of(e);
                   if (e.context().match_elements<std::string>())
                     out.why = e.context().get_as<std::string>(0);
                 });
    return out;
  }

  outcome exchange(const wire_actor& wire, const std::string& method = "GET", bool safe = true,
                   std::string body = "") {
    outbound_request r;
    r.method = method;
    r.path = "/x?y=1";
    r.headers = {{"X-API-Key", "k"}};
    r.body = std::move(body);
    r.safe_to_repeat = safe;
    return ask(wire, wire_attempt{std::make_shared<outbound_request>(std::move(r)), timeout_ms});
  }
};

} // namespace troupe::test
