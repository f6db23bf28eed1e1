// What only a shared database can promise: two nodes that spend one token, one code or one e-mail
// address at the same time, and a connection that is lost.
#include "runtime/stores/postgres/users.hpp"
#include "tests/runtime/postgres/server.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

namespace troupe {

namespace {

class two_nodes : public ::testing::Test {
protected:
  void SetUp() override {
    for (auto& store : stores) {
      auto spawned = spawn_postgres_users(system, url);
      ASSERT_EQ(spawned.error, "");
      store = spawned.handle;
    }
  }
  ~two_nodes() override {
    for (auto& store : stores) caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  }

  // Both at once; how many answers are `wanted`, an error counting as a default answer.
  template<class Answer, class Make, class Wanted>
  int race(Make request_of, Wanted wanted) {
    int got = 0;
    for (int i = 0; i < 2; ++i) self->send(stores[i], request_of(i));
    for (int i = 0; i < 2; ++i)
      self->receive([&](const Answer& a) { got += wanted(a); }, [&](const caf::error&) {},
                    caf::after(std::chrono::seconds(20)) >> [] { ADD_FAILURE() << "no answer"; });
    return got;
  }
  template<class Answer, class Question>
  Answer ask(const Question& question) {
    Answer out{};
    self->request(stores[0], std::chrono::seconds(20), question)
        .receive([&](Answer& a) { out = std::move(a); },
                 [&](caf::error& e) { ADD_FAILURE() << system.render(e); });
    return out;
  }
  static user user_of(const std::string& id) {
    user u;
    u.id = id;
    u.email = "ada@example.com";
    return u;
  }

  static constexpr int rounds = 30;
  std::string url = test::server().make_database();
  store_config config;
  caf::actor_system system{config};
  user_store_actor stores[2];
  caf::scoped_actor self{system};
};

TEST_F(two_nodes, spend_a_refresh_token_once) {
  for (int round = 0; round < rounds; ++round) {
    const auto family = "f" + std::to_string(round);
    ask<bool>(open_family{{family, "ada", "t1", monday + round, monday + day_ms, false}, {}});
    const auto spend = [&](int i) {
      return rotate_family{family, "t1", "next" + std::to_string(i), monday, monday + day_ms, ""};
    };
    EXPECT_EQ(race<rotation>(spend, [](auto& r) { return r.outcome == rotation_outcome::rotated; }),
              1);
    EXPECT_EQ(ask<rotation>(rotate_family{family, "t1", "x", monday, monday + day_ms, ""}).outcome,
              rotation_outcome::revoked);
  }
}

TEST_F(two_nodes, accept_a_code_once) {
  ask<user>(put_user{user_of("ada"), 0, {}});
  for (int step = 1; step <= rounds; ++step)
    EXPECT_EQ(race<bool>(
                  [&](int) {
                    return use_totp_step{"ada", step};
                  },
                  [](bool b) { return b; }),
              1);
}

TEST_F(two_nodes, give_an_email_to_one) {
  const auto put = [&](int i) { return put_user{user_of("id" + std::to_string(i)), 0, {}}; };
  EXPECT_EQ(race<user>(put, [](auto& u) { return u.version == 1; }), 1);
  EXPECT_EQ(ask<std::vector<user>>(get_users{}).size(), 1u);
}

TEST_F(two_nodes, link_an_account_at_a_provider_to_one_user) {
  for (int round = 0; round < rounds; ++round) {
    const auto subject = std::to_string(round);
    const auto owner = [&](int i) {
      auto u = user_of((i == 0 ? "a" : "b") + subject);
      u.email = u.id + "@example.com";
      return u;
    };
    for (int i = 0; i < 2; ++i) ask<user>(put_user{owner(i), 0, {}});
    const auto link = [&](int i) { return put_user{owner(i), 1, {}, {"google", subject}}; };
    EXPECT_EQ(race<user>(link, [](auto&) { return true; }), 1);
    EXPECT_EQ(ask<std::vector<user>>(find_user{"", "", {"google", subject}}).size(), 1u);
  }
}

TEST_F(two_nodes, change_a_version_once) {
  ask<user>(put_user{user_of("ada"), 0, {}});
  for (std::uint64_t version = 1; version <= rounds; ++version) {
    const auto put = [&](int i) {
      auto u = user_of("ada");
      u.plan = static_cast<user_plan>((version + static_cast<std::uint64_t>(i) * 2) % 4);
      return put_user{u, version, {}};
    };
    EXPECT_EQ(race<user>(put, [](auto&) { return true; }), 1);
  }
}

TEST_F(two_nodes, come_back_after_their_connections_were_cut) {
  ask<user>(put_user{user_of("ada"), 0, {}});
  test::server().terminate_backends(test::database_of(url));
  EXPECT_EQ(ask<std::vector<user>>(find_user{"ada", ""}).size(), 1u);
}

} // namespace

} // namespace troupe
