#define CAF_SUITE tries
#include "actors/tries.hpp"

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
    caf::anon_send_exit(tries, caf::exit_reason::kill);
    sched.run();
  }
  utc_ms take(const std::string& address, const std::string& whom, utc_ms at = noon) {
    utc_ms out = -1;
    auto pending = self->request(tries, caf::infinite, take_try{address, whom, at});
    sched.run();
    pending.receive([&](utc_ms wait) { out = wait; },
                    [&](const caf::error& e) { CAF_FAIL(sys.render(e)); });
    return out;
  }

  tries_actor tries = spawn_tries(sys, 3);
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tries_tests, fixture)

CAF_TEST(as many pass in a minute as the limit for an address and for whom they are) {
  for (int i = 0; i < 3; ++i) CAF_CHECK_EQUAL(take("a" + std::to_string(i), "ada", noon + i), 0);
  CAF_CHECK_EQUAL(take("a3", "ada", noon + 10), minute_ms - 10);
  for (int i = 0; i < 3; ++i) CAF_CHECK_EQUAL(take("here", "u" + std::to_string(i), noon), 0);
  CAF_CHECK_EQUAL(take("here", "u3", noon), minute_ms);
  CAF_CHECK_EQUAL(take("here", "", noon + minute_ms), 0);
}

CAF_TEST(what is refused for the one is not counted against the other) {
  for (int i = 0; i < 3; ++i) take("here", "", noon);
  for (int i = 0; i < 5; ++i) CAF_CHECK(take("here", "ada", noon) > 0);
  CAF_CHECK_EQUAL(take("there", "ada", noon), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
