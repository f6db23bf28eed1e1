#define CAF_SUITE outbound
#include "tests/actors/outbound_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using list = std::vector<int>;
struct fixture : outbound_fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(outbound_tests, fixture)

CAF_TEST(an answer of the service is handed on whatever its status) {
  wire->plan = {200, 404};
  open();
  ask();
  ask();
  CAF_CHECK_EQUAL(*answers, (list{200, 404}));
  CAF_CHECK_EQUAL(sent(), 2u);
  CAF_CHECK_EQUAL(seen().answered, 2u);
  CAF_CHECK_EQUAL(seen().failures, 0u);
}

CAF_TEST(what is safe is tried three times with growing waits) {
  wire->plan = {503, minus(outbound_errc::broken_off), 200};
  open();
  ask();
  CAF_CHECK_EQUAL(sent(), 1u);
  pass(499ms);
  CAF_CHECK_EQUAL(sent(), 1u);
  pass(1ms);
  CAF_CHECK_EQUAL(sent(), 2u);
  pass(999ms);
  CAF_CHECK_EQUAL(sent(), 2u);
  pass(1ms);
  CAF_CHECK_EQUAL(sent(), 3u);
  CAF_CHECK_EQUAL(*answers, list{200});
  CAF_CHECK_EQUAL(seen().repeated, 2u);
  CAF_CHECK_EQUAL(seen().failures, 0u);
}

CAF_TEST(after the third attempt the last answer is handed on) {
  wire->plan = {minus(outbound_errc::timed_out), 500, 502};
  open();
  ask();
  for (int i = 0; i < 5; ++i) pass(2s);
  CAF_CHECK_EQUAL(sent(), 3u);
  CAF_CHECK_EQUAL(*answers, list{502});
}

CAF_TEST(what is not safe is never sent twice) {
  for (auto bad : {503, 429, minus(outbound_errc::broken_off), minus(outbound_errc::timed_out),
                   minus(outbound_errc::cannot_connect)}) {
    answers->clear();
    wire->attempts.clear();
    wire->plan = {bad};
    open();
    ask(false);
    for (int i = 0; i < 5; ++i) pass(2s);
    CAF_CHECK_EQUAL(sent(), 1u);
    CAF_CHECK_EQUAL(*answers, list{bad});
    caf::anon_send_exit(service, caf::exit_reason::kill);
    sched.run();
  }
}

CAF_TEST(a certificate or a size that is wrong is not tried again) {
  for (auto bad : {minus(outbound_errc::not_trusted), minus(outbound_errc::too_large), 404}) {
    answers->clear();
    wire->attempts.clear();
    wire->plan = {bad};
    open();
    ask();
    for (int i = 0; i < 5; ++i) pass(2s);
    CAF_CHECK_EQUAL(sent(), 1u);
    CAF_CHECK_EQUAL(*answers, list{bad});
    caf::anon_send_exit(service, caf::exit_reason::kill);
    sched.run();
  }
}

CAF_TEST(the service says how long to wait at least) {
  wire->plan = {429, 200};
  wire->retry_after = "3";
  open();
  ask();
  pass(2999ms);
  CAF_CHECK_EQUAL(sent(), 1u);
  pass(1ms);
  CAF_CHECK_EQUAL(sent(), 2u);
  CAF_CHECK_EQUAL(*answers, list{200});
  wire->plan = {429};
  wire->retry_after = "31";
  ask();
  CAF_CHECK_EQUAL(*answers, (list{200, 429})); // it would be past the deadline
}

CAF_TEST(what is under way and what waits is bounded) {
  options.max_in_flight = 2;
  options.max_waiting = 3;
  wire->plan = {0};
  open();
  for (int i = 0; i < 6; ++i) ask();
  CAF_CHECK_EQUAL(sent(), 2u);
  CAF_CHECK_EQUAL(*answers, list{minus(outbound_errc::busy)});
  CAF_CHECK_EQUAL(seen().in_flight, 2u);
  CAF_CHECK_EQUAL(seen().waiting, 3u);
  answer_held(200);
  CAF_CHECK_EQUAL(sent(), 4u);
  answer_held(200);
  answer_held(200);
  CAF_CHECK_EQUAL(answers->size(), 6u);
  CAF_CHECK_EQUAL(sent(), 5u);
}

CAF_TEST(a deadline ends the wait for a turn on time) {
  options.max_in_flight = 1;
  wire->plan = {0};
  open();
  ask(true, 30'000);
  ask(true, 700);
  CAF_CHECK_EQUAL(wire->attempts[0].timeout_ms, 30'000);
  pass(699ms);
  CAF_CHECK(answers->empty());
  pass(1ms);
  CAF_CHECK_EQUAL(*answers, list{minus(outbound_errc::timed_out)});
  answer_held(200);
  CAF_CHECK_EQUAL(sent(), 1u);
}

CAF_TEST(an attempt gets what is left of the deadline) {
  wire->plan = {503, 200};
  open();
  ask(true, 800);
  pass(500ms);
  CAF_REQUIRE_EQUAL(sent(), 2u);
  CAF_CHECK_EQUAL(wire->attempts[0].timeout_ms, 800);
  CAF_CHECK_EQUAL(wire->attempts[1].timeout_ms, 300);
}

CAF_TEST(no attempt is made past the deadline) {
  wire->plan = {503};
  open();
  ask(true, 500);
  CAF_CHECK_EQUAL(*answers, list{503}); // at once: the wait would end at the deadline
  pass(5s);
  CAF_CHECK_EQUAL(sent(), 1u);
}

CAF_TEST(a wire that does not answer is given up a second after its time) {
  wire->plan = {0};
  open();
  ask(false, 2000);
  pass(2999ms);
  CAF_CHECK(answers->empty());
  pass(1ms);
  CAF_CHECK_EQUAL(*answers, list{minus(outbound_errc::timed_out)});
  CAF_CHECK_EQUAL(seen().failures, 1u);
  CAF_CHECK_EQUAL(seen().in_flight, 0u);
}

CAF_TEST(a request that cannot be sent is refused with its reason) {
  open();
  outbound_request r;
  r.path = "/x y";
  ask(r);
  r.path = "/x";
  r.headers = {{"X-A", "1\r\nHost: evil"}};
  ask(r);
  r.headers = {{"content-length", "3"}};
  ask(r);
  r.headers.clear();
  r.method = "GET /";
  ask(r);
  r.method = "PUT";
  r.body.resize(max_outbound_body_bytes + 1);
  ask(r);
  CAF_CHECK_EQUAL(*answers, list(5, minus(outbound_errc::malformed_request)));
  CAF_CHECK_EQUAL(sent(), 0u);
}

CAF_TEST(told to exit it answers everything that is open) {
  options.max_in_flight = 1;
  wire->plan = {503, 0};
  open();
  ask(); // rests
  ask(); // under way
  ask(); // waits
  CAF_CHECK(answers->empty());
  caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK_EQUAL(*answers, list(3, minus(outbound_errc::stopped)));
  answer_held(200);
  ask();
  CAF_CHECK_EQUAL(answers->back(), minus(outbound_errc::stopped));
}

CAF_TEST(a wire that is gone is no answer and no failure of the service) {
  open();
  caf::anon_send_exit(fake, caf::exit_reason::user_shutdown);
  sched.run();
  ask();
  CAF_CHECK_EQUAL(*answers, list{minus(outbound_errc::stopped)});
  CAF_CHECK_EQUAL(seen().failures, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
