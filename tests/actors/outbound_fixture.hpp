// What the suites of services outside share: a wire that answers as the test plans. Include it
// after CAF_SUITE is defined.
#pragma once
#include "actors/outbound.hpp"

#include "messages/types.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <caf/test/dsl.hpp>

namespace troupe {

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

inline fake_wire_actor::behavior_type fake_wire(fake_wire_actor::pointer self, wire_log_ptr log) {
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

struct outbound_fixture : test_coordinator_fixture<outbound_config> {
  wire_log_ptr wire = std::make_shared<wire_log>();
  fake_wire_actor fake = sys.spawn(fake_wire, wire);
  outbound_actor service;
  std::shared_ptr<dependency_board> board = std::make_shared<dependency_board>();
  outbound_options options{ml_engine_limits};
  // Statuses, or minus the code of the error, in the order of the answers.
  std::shared_ptr<std::vector<int>> answers = std::make_shared<std::vector<int>>();

  outbound_fixture() {
    options.uniform = [] { return .5; };
    options.wall = [] { return utc_ms{1'000'000'000}; };
    options.board = board;
  }
  ~outbound_fixture() override {
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
    // Spawned with an argument: without one CAF 0.17 dereferences a null pointer.
    sys.spawn(
        [this](caf::event_based_actor* me, const outbound_request& what) {
          me->request(service, caf::infinite, what)
              .then([log = answers](const outbound_response& a) { log->push_back(a.status); },
                    [log = answers](caf::error& e) {
                      log->push_back(-static_cast<int>(outbound_errc_of(e)));
                    });
        },
        r);
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

} // namespace troupe
