#define CAF_SUITE outbound
#include "actors/outbound.hpp"

#include "messages/types.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <caf/test/dsl.hpp>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

// A wire without sockets: what it answers is decided by the test. Told to flush, it answers what
// it held.
using fake_wire_actor = wire_actor::extend<caf::reacts_to<caf::flush_atom>>;

struct wire_log {
  /// A status, or minus an outbound_errc, or 0: held. One per attempt, the last for all further.
  std::vector<int> plan{200};
  std::string retry_after;
  std::vector<wire_attempt> attempts;
  std::vector<caf::typed_response_promise<outbound_response>> held;
  int answer_held_with = 200;
};
using wire_log_ptr = std::shared_ptr<wire_log>;

template<class Deliver>
void answer_with(const wire_log& log, int what, Deliver deliver) {
  if (what < 0) return deliver(caf::make_error(static_cast<outbound_errc>(-what)));
  outbound_response r;
  r.status = what;
  if (!log.retry_after.empty()) r.headers.push_back({"retry-after", log.retry_after});
  deliver(std::move(r));
}

fake_wire_actor::behavior_type fake_wire(fake_wire_actor::pointer self, wire_log_ptr log) {
  return {
      [=](const wire_attempt& a) -> caf::result<outbound_response> {
        const auto n = std::min(log->attempts.size(), log->plan.size() - 1);
        log->attempts.push_back(a);
        auto promise = self->make_response_promise<outbound_response>();
        if (log->plan[n] == 0)
          log->held.push_back(promise);
        else
          answer_with(*log, log->plan[n], [&](auto x) { promise.deliver(std::move(x)); });
        return promise;
      },
      [=](caf::flush_atom) {
        for (auto& promise : std::exchange(log->held, {}))
          answer_with(*log, log->answer_held_with, [&](auto x) { promise.deliver(std::move(x)); });
      },
  };
}

struct outbound_config : caf::actor_system_config {
  outbound_config() { add_message_types<caf::id_block::troupe>(); }
};

struct fixture : test_coordinator_fixture<outbound_config> {
  wire_log_ptr wire = std::make_shared<wire_log>();
  fake_wire_actor fake = sys.spawn(fake_wire, wire);
  outbound_actor service;
  std::shared_ptr<dependency_board> board = std::make_shared<dependency_board>();
  outbound_options options{ml_engine_limits};
  // Statuses, or minus the code of the error, in the order of the answers.
  std::shared_ptr<std::vector<int>> answers = std::make_shared<std::vector<int>>();

  fixture() {
    options.uniform = [] { return .5; };
    options.wall = [] { return utc_ms{1'000'000'000}; };
    options.board = board;
  }
  ~fixture() override {
    for (auto& who : {caf::actor_cast<caf::actor>(service), caf::actor_cast<caf::actor>(fake)})
      if (who) caf::anon_send_exit(who, caf::exit_reason::kill);
    sched.run();
  }

  void open() {
    service = spawn_outbound(sys, fake, options);
    sched.run();
  }

  void ask(bool safe = true, std::int64_t deadline_ms = 0) {
    outbound_request r;
    r.method = "POST";
    r.path = "/x";
    r.safe_to_repeat = safe;
    r.deadline_ms = deadline_ms;
    ask(std::move(r));
  }
  void ask(outbound_request r) {
    sys.spawn([this, r](caf::event_based_actor* me) {
      me->request(service, caf::infinite, r)
          .then([log = answers](const outbound_response& a) { log->push_back(a.status); },
                [log = answers](caf::error& e) {
                  log->push_back(-static_cast<int>(outbound_errc_of(e)));
                });
    });
    sched.run();
  }

  void answer_held(int with) {
    wire->answer_held_with = with;
    caf::anon_send(fake, caf::flush_atom::value);
    sched.run();
  }
  void pass(caf::timespan time) {
    advance_time(time);
    sched.run();
  }
  dependency_status seen() const { return board->read().at(0); }
  std::size_t sent() const { return wire->attempts.size(); }

  static int minus(outbound_errc e) { return -static_cast<int>(e); }
};

using list = std::vector<int>;

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
  CAF_CHECK_EQUAL(answers->back(), 500);
  pass(59s);
  ask(true);
  CAF_CHECK_EQUAL(sent(), 6u);
  pass(1s);
  ask(true);
  CAF_CHECK_EQUAL(sent(), 7u);
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

CAF_TEST(what the wire refuses unsent is no failure of the service) {
  wire->plan = {minus(outbound_errc::busy)};
  open();
  for (int i = 0; i < 20; ++i) ask();
  CAF_CHECK_EQUAL(seen().failures, 0u);
  CAF_CHECK_EQUAL(seen().state, "closed");
  CAF_CHECK_EQUAL(answers->back(), minus(outbound_errc::busy));
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
