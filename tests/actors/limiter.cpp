#define CAF_SUITE limiter
#include "actors/limiter.hpp"

#include <caf/send.hpp>
#include <caf/test/dsl.hpp>

namespace {

using namespace troupe;

struct config : caf::actor_system_config {
  config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_users>();
    add_message_types<caf::id_block::troupe_limits>();
  }
};

struct fixture : test_coordinator_fixture<config> {
  static constexpr utc_ms noon = 1767609000000;

  ~fixture() {
    caf::anon_send_exit(limiter, caf::exit_reason::kill);
    sched.run();
  }

  template<class Answer, class Question>
  Answer ask(Question question) {
    Answer out{};
    auto pending = self->request(limiter, caf::infinite, std::move(question));
    sched.run();
    pending.receive([&](const Answer& a) { out = a; },
                    [&](const caf::error& e) { CAF_FAIL(sys.render(e)); });
    return out;
  }
  bool take(const user_id& user, user_plan plan = user_plan::free) {
    return ask<allowance_left>(take_allowance{user, plan, limit_kind::predictions, noon}).ok;
  }
  std::uint32_t used(const user_id& user) {
    return ask<usage_report>(get_usage{user, user_plan::free, noon}).predictions.used;
  }

  limiter_actor limiter = spawn_limiter(sys);
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(limiter_tests, fixture)

CAF_TEST(of many that ask at once as many pass as the plan allows) {
  auto one = take_allowance{"ada", user_plan::basic, limit_kind::predictions, noon};
  std::vector<decltype(self->request(limiter, caf::infinite, one))> asked;
  for (int i = 0; i < 1000; ++i) asked.push_back(self->request(limiter, caf::infinite, one));
  sched.run();
  int passed = 0;
  for (auto& a : asked)
    a.receive([&](const allowance_left& left) { passed += left.ok ? 1 : 0; },
              [&](const caf::error& e) { CAF_FAIL(sys.render(e)); });
  CAF_CHECK_EQUAL(passed, 10);
}

CAF_TEST(a refused one does not count and another user has an own count) {
  for (int i = 0; i < 3; ++i) CAF_CHECK(take("ada"));
  for (int i = 0; i < 3; ++i) CAF_CHECK(!take("ada"));
  CAF_CHECK_EQUAL(used("ada"), 3u);
  CAF_CHECK(take("bob"));
  CAF_CHECK_EQUAL(used("bob"), 1u);
}

CAF_TEST(what is given back may be taken again) {
  for (int i = 0; i < 3; ++i) take("ada");
  self->send(limiter, give_back{"ada", limit_kind::predictions, noon});
  sched.run();
  CAF_CHECK_EQUAL(used("ada"), 2u);
  CAF_CHECK(take("ada"));
  CAF_CHECK(!take("ada"));
}

CAF_TEST_FIXTURE_SCOPE_END()
