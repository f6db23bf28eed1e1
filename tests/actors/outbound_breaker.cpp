#define CAF_SUITE outbound_breaker
#include "tests/actors/outbound_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using list = std::vector<int>;
struct fixture : outbound_fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(outbound_breaker_tests, fixture)

CAF_TEST(it opens after exactly five failures and asks no more) {
  wire->plan = {500};
  open();
  for (int i = 0; i < 4; ++i) ask(false);
  CAF_CHECK_EQUAL(seen().state, "closed");
  ask(false);
  CAF_CHECK_EQUAL(seen().state, "open");
  CAF_CHECK_EQUAL(seen().failures, 5u);
  CAF_CHECK_EQUAL(seen().opened_at, 1'000'000'000);
  CAF_CHECK_EQUAL(seen().next_try, 1'000'060'000);
  for (int i = 0; i < 10; ++i) ask();
  CAF_CHECK_EQUAL(sent(), 5u);
  CAF_CHECK_EQUAL(answers->back(), minus(outbound_errc::breaker_open));
  CAF_CHECK_EQUAL(seen().refused, 10u);
}

CAF_TEST(errors of the caller open nothing) {
  wire->plan = {404};
  open();
  for (int i = 0; i < 20; ++i) ask(false);
  CAF_CHECK_EQUAL(seen().state, "closed");
  CAF_CHECK_EQUAL(sent(), 20u);
}

CAF_TEST(when its time has come exactly one probe goes out) {
  wire->plan = {500, 500, 500, 500, 500, 0};
  open();
  for (int i = 0; i < 5; ++i) ask(false);
  pass(59'999ms);
  ask(false);
  CAF_CHECK_EQUAL(sent(), 5u);
  pass(1ms);
  for (int i = 0; i < 10; ++i) ask(false);
  CAF_CHECK_EQUAL(sent(), 6u);
  CAF_CHECK_EQUAL(seen().state, "half_open");
  answer_held(200);
  CAF_CHECK_EQUAL(seen().state, "closed");
  CAF_CHECK_EQUAL(seen().opened_at, 0);
  ask(false);
  CAF_CHECK_EQUAL(sent(), 7u);
}

CAF_TEST(a probe that fails opens it again and is not repeated) {
  wire->plan = {500};
  open();
  for (int i = 0; i < 5; ++i) ask(false);
  pass(60s);
  ask(true);
  CAF_CHECK_EQUAL(sent(), 6u);
  CAF_CHECK_EQUAL(*answers, list(6, 500)); // at once: no second attempt would be let through
  pass(59s);
  ask(true);
  CAF_CHECK_EQUAL(sent(), 6u);
  pass(1s);
  ask(true);
  CAF_CHECK_EQUAL(sent(), 7u);
}

CAF_TEST(nobody waits for a turn behind a probe) {
  options.max_in_flight = 1;
  wire->plan = {500, 500, 500, 500, 500, 0};
  open();
  for (int i = 0; i < 5; ++i) ask(false);
  pass(60s);
  ask(false);
  ask(false);
  CAF_CHECK_EQUAL(seen().in_flight, 1u);
  CAF_CHECK_EQUAL(answers->size(), 6u);
  CAF_CHECK_EQUAL(answers->back(), minus(outbound_errc::breaker_open));
}

CAF_TEST(who waits is refused at once when it opens) {
  options.max_in_flight = 1;
  wire->plan = {0, 500};
  open();
  for (int i = 0; i < 9; ++i) ask(false);
  CAF_CHECK_EQUAL(sent(), 1u);
  CAF_CHECK_EQUAL(seen().waiting, 8u);
  answer_held(500);
  CAF_CHECK_EQUAL(sent(), 5u);
  CAF_CHECK_EQUAL(seen().state, "open");
  CAF_CHECK_EQUAL(answers->size(), 9u);
  CAF_CHECK_EQUAL(answers->back(), minus(outbound_errc::breaker_open));
  CAF_CHECK_EQUAL(seen().waiting, 0u);
}

CAF_TEST(what the wire refuses unsent is no failure of the service) {
  wire->plan = {minus(outbound_errc::busy)};
  open();
  for (int i = 0; i < 20; ++i) ask();
  CAF_CHECK_EQUAL(seen().failures, 0u);
  CAF_CHECK_EQUAL(seen().state, "closed");
  CAF_CHECK_EQUAL(answers->back(), minus(outbound_errc::busy));
}

CAF_TEST_FIXTURE_SCOPE_END()
