// What ends a session is heard on every node, and bytes that say nothing end none.
#define CAF_SUITE cluster_sessions
#include "actors/cluster/session_relay.hpp"

#include <caf/test/dsl.hpp>
#include <caf/typed_event_based_actor.hpp>

using namespace troupe;

namespace {

struct relay_config : caf::actor_system_config {
  relay_config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_money>();
    add_message_types<caf::id_block::troupe_accounts>();
    add_message_types<caf::id_block::troupe_users>();
    add_message_types<caf::id_block::troupe_sessions>();
    add_message_types<caf::id_block::troupe_cluster>();
  }
};

/// A registry that writes down what it is told.
using notes = std::shared_ptr<std::vector<std::string>>;

sessions_actor::behavior_type registry_behavior(sessions_actor::pointer, notes told) {
  return {
      [](const register_session&) {
        return session_opened{"s-1", nullptr};
      },
      [=](const end_sessions& x) { told->push_back(x.user + "/" + x.family + "/" + x.reason); },
      [=](const user_changed& x) {
        told->push_back(x.user + "=" + std::string{to_string(x.role)} + ","
                        + std::string{to_string(x.plan)});
      },
      [](const get_sessions&) {
        return session_page{7, 3, {}};
      },
      [](const get_session&) { return session_view{}; },
  };
}

/// A way that ends at another node's relay.
peer_actor::behavior_type way_behavior(peer_actor::pointer self, session_relay_actor other) {
  return {
      [](const remote_call&) { return remote_answer{}; },
      [=](const relayed_news& news) { self->send(other, news); },
      [](look_again) {},
      [](const parcel& p) { return parcel_taken{p.number}; },
      [](caf::flush_atom) {},
      [](caf::tick_atom) {},
  };
}

struct fixture : test_coordinator_fixture<relay_config> {
  notes told_a = std::make_shared<notes::element_type>(), told_b = told_a;
  session_relay_actor a, b;
  std::vector<caf::actor> doomed;

  fixture() {
    told_b = std::make_shared<notes::element_type>();
    a = start(told_a);
    b = start(told_b);
    meet(a, "b", b);
    meet(b, "a", a);
  }
  ~fixture() override {
    for (auto& d : doomed) caf::anon_send_exit(d, caf::exit_reason::kill);
    sched.run();
  }

  template<class Handle>
  Handle kept(Handle made) {
    doomed.push_back(caf::actor_cast<caf::actor>(made));
    return made;
  }
  session_relay_actor start(const notes& told) {
    return kept(spawn_session_relay(sys, kept(sys.spawn(registry_behavior, told))));
  }
  void meet(const session_relay_actor& from, const node_name& name, const session_relay_actor& to) {
    const auto way = kept(sys.spawn(way_behavior, to));
    tell(from, peer_changed{name, 1, caf::actor_cast<caf::strong_actor_ptr>(way)});
  }
  template<class What>
  void tell(const session_relay_actor& whom, const What& what) {
    caf::anon_send(whom, what);
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_sessions_tests, fixture)

CAF_TEST(a logout is heard once on each node) {
  tell(a, end_sessions{"u-1", "login-1", "logged out"});
  CAF_CHECK(*told_a == (notes::element_type{"u-1/login-1/logged out"}));
  CAF_CHECK(*told_b == *told_a);
  tell(b, user_changed{"u-1", user_role::admin, user_plan::premium});
  CAF_CHECK_EQUAL(told_b->size(), 2u);
  CAF_CHECK(*told_b == *told_a);
}

CAF_TEST(a node that is gone is told nothing) {
  tell(a, peer_changed{"b", 1, nullptr});
  tell(a, end_sessions{"u-1", "login-1", "logged out"});
  CAF_CHECK_EQUAL(told_a->size(), 1u);
  CAF_CHECK(told_b->empty());
}

CAF_TEST(questions are answered by the local registry) {
  const auto page = std::make_shared<session_page>();
  auto asked = self->request(sessions_actor{a}, caf::infinite, get_sessions{});
  sched.run();
  asked.receive([&](const session_page& p) { CAF_CHECK_EQUAL(p.sessions, 7u); },
                [](const caf::error&) { CAF_FAIL("no answer"); });
}

CAF_TEST(bytes that cannot be read end nobody) {
  for (const auto& bytes : {std::string{}, std::string{"\x03garbage", 8}, std::string(3, '\0'),
                            std::string(200, '\x7f')})
    for (const auto* topic : {sessions_ended_topic, user_changed_topic, "another"})
      tell(b, relayed_news{topic, bytes});
  // An empty user with an empty login is all that zeros can say.
  for (const auto& one : *told_b) CAF_CHECK(one == "//" || one.rfind("=", 0) == 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
