// Services outside from the settings: what is wrong is named before anything runs, and an engine
// that is there is told of accounts over a real socket.
#include "runtime/outside.hpp"

#include "actors/memory_journal.hpp"
#include "messages/account_types.hpp"
#include "runtime/actor_config.hpp"
#include "tests/http/outbound_server.hpp"

#include "actors/account_rows.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

namespace troupe {

namespace {

using words = std::vector<std::string>;

settings from(const words& args, const std::map<std::string, std::string>& environment = {}) {
  auto read = read_settings(args, environment, "");
  if (auto* wrong = std::get_if<settings_error>(&read)) ADD_FAILURE() << wrong->text;
  return std::get<settings>(std::move(read));
}

struct outside_services : ::testing::Test {
  actor_config config{2};
  caf::actor_system system{config};
  journal_actor journal = spawn_memory_journal(system);
  std::shared_ptr<dependency_board> board = std::make_shared<dependency_board>();
  outside services;

  ~outside_services() override {
    services.stop();
    caf::anon_send_exit(journal, caf::exit_reason::kill);
  }
  std::string start(const settings& s) {
    std::string error;
    services.start(system, s, journal, board, {}, error);
    return error;
  }
  void open(const account_id& id) {
    account state{id};
    open_account c;
    c.account = id;
    c.reference = "open:" + id;
    c.what = product::atlas;
    c.initial_capital = money::whole(3);
    auto head = first_hash(id);
    account_append request{id, 0, rows_of(state.judge(c).events, head), ""};
    caf::scoped_actor self{system};
    self->request(journal, std::chrono::seconds{10}, std::move(request))
        .receive([](const appended&) {},
                 [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
  }
};

} // namespace

TEST_F(outside_services, without_an_address_nothing_is_started) {
  EXPECT_EQ(start(from({})), "");
  EXPECT_TRUE(board->read().empty());
  EXPECT_FALSE(services.engine_outbox());
  EXPECT_TRUE(services.services().empty());
}

TEST_F(outside_services, an_address_that_is_none_is_named) {
  for (auto url : {"ml:8000", "ftp://ml", "http://", "http://user:hush@h"}) {
    const auto error = start(from({}, {{"ML_ENGINE_URL", url}, {"ML_ENGINE_CLIENT_KEY", "k"}}));
    EXPECT_NE(error.find("ML_ENGINE_URL"), std::string::npos) << error;
    EXPECT_EQ(error.find("hush"), std::string::npos) << error;
    EXPECT_FALSE(services.engine_outbox());
  }
}

TEST_F(outside_services, a_missing_key_is_named_and_that_of_the_engine_api_serves) {
  const auto error = start(from({"--ml-engine.url=http://127.0.0.1:1"}));
  EXPECT_NE(error.find("ML_ENGINE_CLIENT_KEY"), std::string::npos) << error;
  EXPECT_EQ(start(from({"--ml-engine.url=http://127.0.0.1:1"}, {{"ML_ENGINE_API_KEY", "k"}})), "");
}

TEST_F(outside_services, errors_of_the_outside_are_rendered_with_their_names) {
  const auto text =
      system.render(caf::make_error(outbound_errc::malformed_request, "amount is not an amount"));
  EXPECT_NE(text.find("malformed_request"), std::string::npos) << text;
  EXPECT_NE(text.find("amount is not an amount"), std::string::npos) << text;
}

TEST_F(outside_services, an_engine_is_told_of_an_account_under_our_key) {
  test::scripted_server engine{{{test::reply(201, "{}")}}};
  open("acc-1");
  const auto url = "http://127.0.0.1:" + std::to_string(engine.port());
  ASSERT_EQ(start(from({"--ml-engine.url=" + url, "--ml-engine.client-key=ours",
                        "--http.api-key=theirs"})),
            "");
  ASSERT_TRUE(engine.await_seen(1));
  const auto told = engine.seen().at(0);
  EXPECT_EQ(told.head.substr(0, told.head.find('\r')), "POST /api/v1/trading/accounts HTTP/1.1");
  EXPECT_NE(told.head.find("\r\nX-API-Key: ours\r\n"), std::string::npos);
  EXPECT_NE(told.head.find("\r\nIdempotency-Key: acc-1:1\r\n"), std::string::npos);
  EXPECT_EQ(services.services().size(), 1u);
  EXPECT_EQ(board->read().at(0).name, "ml-engine");
  services.stop();
  services.stop();
}

} // namespace troupe
