// Sessions of connected users: who is there, orders to sockets, logins that ended.
#define CAF_SUITE sessions
#include "actors/sessions.hpp"
#include "actors/session.hpp"
#include "messages/session_protocol.hpp"

#include <caf/test/dsl.hpp>

namespace troupe {

namespace {

struct sessions_config : caf::actor_system_config {
  sessions_config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_money>();
    add_message_types<caf::id_block::troupe_accounts>();
    add_message_types<caf::id_block::troupe_users>();
    add_message_types<caf::id_block::troupe_sessions>();
  }
};

using orders_ptr = std::shared_ptr<std::vector<socket_order>>;

caf::behavior io_thread_of(caf::event_based_actor*, orders_ptr orders) {
  return {[=](const socket_order& order) { orders->push_back(order); }};
}

struct sessions_fixture : test_coordinator_fixture<sessions_config> {
  orders_ptr orders = std::make_shared<std::vector<socket_order>>();
  caf::actor owner = sys.spawn(io_thread_of, orders);
  sessions_actor registry = spawn_sessions(sys, {2, 2, {}});
  std::string refused;

  ~sessions_fixture() override {
    caf::anon_send_exit(registry, caf::exit_reason::kill);
    sched.run();
  }

  template<class Answer, class Question>
  Answer ask(const sessions_actor& whom, Question question) {
    refused.clear();
    auto f = self->request(whom, caf::infinite, std::move(question));
    sched.run();
    Answer out{};
    f.receive(
        [&](Answer& a) { out = std::move(a); },
        [&](const caf::error& e) { refused = std::string{code_of(static_cast<errc>(e.code()))}; });
    return out;
  }

  session_actor open(socket_number socket, const std::string& user, const std::string& login) {
    session_info who;
    who.user = user;
    who.family = login;
    who.kind = "websocket";
    auto opened = ask<session_opened>(
        registry, register_session{who, socket, caf::actor_cast<caf::strong_actor_ptr>(owner)});
    return caf::actor_cast<session_actor>(opened.session);
  }

  session_page page(std::string after = "", std::uint32_t limit = 100) {
    return ask<session_page>(registry, get_sessions{std::move(after), limit});
  }

  template<class T>
  void tell(const sessions_actor& whom, T what) {
    caf::anon_send(whom, std::move(what));
    sched.run();
  }

  void close(const session_actor& session) {
    caf::anon_send(session, close_session{});
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(sessions_tests, sessions_fixture)

CAF_TEST(a session lives as long as its socket) {
  const auto ada = open(1, "ada", "fam1");
  const auto bob = open(2, "bob", "fam2");
  CAF_CHECK_EQUAL(page().sessions, 2u);
  CAF_CHECK_EQUAL(page().users, 2u);
  close(ada);
  const auto left = page();
  CAF_REQUIRE_EQUAL(left.page.size(), 1u);
  CAF_CHECK_EQUAL(left.page[0].user, "bob");
  CAF_CHECK_EQUAL(left.users, 1u);
  close(bob);
  CAF_CHECK_EQUAL(page().sessions, 0u);
}

CAF_TEST(a socket that is announced twice has one session) {
  const auto once = open(1, "ada", "fam1");
  const auto again = open(1, "ada", "fam1");
  CAF_CHECK(once == again);
  CAF_CHECK_EQUAL(page().sessions, 1u);
}

CAF_TEST(a session knows what is heard and from where on) {
  const auto ada = open(1, "ada", "fam1");
  caf::anon_send(ada, session_heard{{{"signals:BTCUSDT", 7}}});
  sched.run();
  const auto id = page().page.at(0).id;
  const auto shown = ask<session_view>(registry, get_session{id});
  CAF_REQUIRE_EQUAL(shown.topics.size(), 1u);
  CAF_CHECK_EQUAL(shown.topics[0].channel, "signals:BTCUSDT");
  CAF_CHECK_EQUAL(shown.topics[0].seq, 7u);
  CAF_CHECK_EQUAL(shown.who.user, "ada");
  ask<session_view>(registry, get_session{"ses_x"});
  CAF_CHECK_EQUAL(refused, "NOT_FOUND");
}

CAF_TEST(a login that ends ends its sessions and no others) {
  open(1, "ada", "fam1");
  open(2, "ada", "fam2");
  open(3, "bob", "fam3");
  tell(registry, end_sessions{"ada", "fam1", "logged out"});
  CAF_REQUIRE_EQUAL(orders->size(), 1u);
  CAF_CHECK_EQUAL(orders->at(0).socket, 1u);
  CAF_CHECK(orders->at(0).end);
  CAF_CHECK_EQUAL(orders->at(0).reason, "logged out");
  tell(registry, end_sessions{"", "fam3", "over"}); // whose it was is not known
  CAF_CHECK_EQUAL(orders->back().socket, 3u);
  tell(registry, end_sessions{"", "", "nobody"});
  CAF_CHECK_EQUAL(orders->size(), 2u);
  tell(registry, end_sessions{"ada", "", "all of them"});
  CAF_CHECK_EQUAL(orders->back().socket, 2u);
}

CAF_TEST(an end is ordered again until the socket is gone) {
  const auto ada = open(1, "ada", "fam1");
  tell(registry, end_sessions{"ada", "fam1", "logged out"});
  tell(registry, end_sessions{"ada", "fam1", "again"});
  CAF_CHECK_EQUAL(orders->size(), 1u);
  for (int i = 0; i < 2; ++i) {
    advance_time(order_again_after);
    sched.run();
  }
  CAF_CHECK_EQUAL(orders->size(), 3u);
  CAF_CHECK_EQUAL(orders->back().reason, "logged out");
  close(ada);
  advance_time(order_again_after);
  sched.run();
  CAF_CHECK_EQUAL(orders->size(), 3u);
  CAF_CHECK_EQUAL(page().sessions, 0u);
}

CAF_TEST(a token of an ended login opens nothing as long as that is remembered) {
  tell(registry, end_sessions{"ada", "fam1", "logged out"});
  open(1, "ada", "fam1");
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  open(2, "ada", "fam2");
  CAF_CHECK_EQUAL(refused, "");
  for (auto other : {"fam8", "fam9"}) tell(registry, end_sessions{"bob", other, "logged out"});
  open(3, "ada", "fam1"); // two are remembered
  CAF_CHECK_EQUAL(refused, "");
}

CAF_TEST(a changed user goes on as that) {
  open(1, "ada", "fam1");
  open(2, "bob", "fam2");
  tell(registry, user_changed{"ada", user_role::admin, user_plan::pro});
  CAF_REQUIRE_EQUAL(orders->size(), 1u);
  CAF_CHECK(!orders->at(0).end);
  CAF_CHECK(orders->at(0).plan == user_plan::pro && orders->at(0).role == user_role::admin);
  CAF_CHECK(page().page.at(0).plan == user_plan::pro);
  CAF_CHECK(page().page.at(1).plan == user_plan::free);
}

CAF_TEST(one socket too many ends the users oldest) {
  open(1, "ada", "fam1");
  open(2, "ada", "fam1");
  open(3, "bob", "fam2");
  CAF_CHECK(orders->empty());
  open(4, "ada", "fam1");
  open(5, "ada", "fam1"); // the first is on its way out still
  CAF_REQUIRE_EQUAL(orders->size(), 2u);
  CAF_CHECK_EQUAL(orders->at(0).socket, 1u);
  CAF_CHECK_EQUAL(orders->at(0).reason, "too many connections");
  CAF_CHECK_EQUAL(orders->at(1).socket, 2u);
}

CAF_TEST(a list comes in pages) {
  open(1, "ada", "fam1");
  open(2, "bob", "fam2");
  open(3, "eve", "fam3");
  const auto first = page("", 2);
  CAF_REQUIRE_EQUAL(first.page.size(), 2u);
  CAF_CHECK_EQUAL(first.sessions, 3u);
  const auto rest = page(first.page[1].id, 2);
  CAF_REQUIRE_EQUAL(rest.page.size(), 1u);
  CAF_CHECK_EQUAL(rest.page[0].user, "eve");
  page("", 0);
  CAF_CHECK_EQUAL(refused, "VALIDATION_ERROR");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace troupe
