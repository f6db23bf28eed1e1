// The outbox towards the external engine, on the deterministic scheduler: whoever dies at whatever
// message, every row is told, in order, under its own id.
#define CAF_SUITE engine_courier

#include "tests/actors/engine_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(engine_courier_tests, engine_fixture)

CAF_TEST(an engine that is set up later is told everything from the beginning and once) {
  write_lives();
  start();
  check_all_told();
  CAF_CHECK_EQUAL(log->heard.size(), 8u);
  wait(60);
  CAF_CHECK_EQUAL(log->heard.size(), 8u);
  CAF_CHECK_EQUAL(figures->told.load(), 8u);
  CAF_CHECK_EQUAL(figures->waiting.load(), 0u);
  CAF_CHECK_EQUAL(figures->position.load(), last_position);
}

CAF_TEST(what is committed later is told within the idle interval) {
  start();
  wait(10);
  write_lives();
  wait(1);
  check_all_told();
}

CAF_TEST(one that starts again says nothing twice that its cursor passed) {
  write_lives();
  start();
  stop();
  start();
  wait(5);
  CAF_CHECK_EQUAL(log->heard.size(), 8u);
  write("b", in("b", 1));
  wait(1);
  CAF_CHECK_EQUAL(log->heard.size(), 9u);
  CAF_CHECK_EQUAL(log->taken.back(), "b:5 /deposit 1.00 71.00");
}

CAF_TEST(killed at whatever message nothing is lost and a repeat bears the same id) {
  int rounds = 0;
  for (int step = 0;; ++step, ++rounds) {
    engine_fixture world; // of its own for each round
    world.write_lives();
    world.wanted.max_active = 2;
    world.wanted.page_rows = 3;
    world.courier = spawn_engine_courier(world.sys, world.wanted);
    int ran = 0;
    while (ran < step && world.sched.try_run_once()) ++ran;
    if (ran < step) break; // it was over before that message
    world.stop();
    world.start();
    world.wait(5);
    world.check_all_told();
    CAF_REQUIRE(step < 1000);
  }
  CAF_MESSAGE("killed at " << rounds << " places");
  CAF_CHECK(rounds > 40);
}

CAF_TEST(whatever question the journal fails nothing is lost) {
  int rounds = 0;
  for (int step = 0;; ++step, ++rounds) {
    engine_fixture world;
    world.write_lives();
    world.wanted.page_rows = 3;
    world.courier = spawn_engine_courier(world.sys, world.wanted);
    int ran = 0;
    while (ran < step && world.sched.try_run_once()) ++ran;
    if (ran < step) break;
    world.gate->failing = 2;
    world.wait(20);
    world.gate->failing = 0;
    world.wait(5);
    world.check_all_told();
    CAF_CHECK_EQUAL(world.log->heard.size(), 8u);
    CAF_REQUIRE(step < 1000);
  }
  CAF_CHECK(rounds > 40);
}

CAF_TEST(without what it knew the history is asked for) {
  write("a", born("a", 100), pause("a"));
  write("c", born("c", 1), report_error{"c", "", true, "critical", "broken", 0}, pause("c"));
  start();
  stop();
  const auto before = log->heard.size();
  write("a", resume("a"));
  write("c", resume("c"));
  write("c", reset_breaker{"c", "", "admin:1", "mended", 0});
  wanted.max_known = 1; // forgets one for the other
  start();
  wait(2);
  CAF_REQUIRE_EQUAL(log->heard.size(), before + 2);
  const auto a = taken_of('a'), c = taken_of('c');
  CAF_CHECK_EQUAL(a.back(), "a:3 /resume 0.00 100.00");
  CAF_CHECK_EQUAL(c.back(), "c:6 /resume 0.00 1.00");
}

CAF_TEST(ten thousand rows are told with few in memory and under way) {
  log->plan = [](auto&) { return 0; };
  wanted.max_waiting_rows = 100;
  wanted.page_rows = 40;
  for (int i = 0; i < 50; ++i) {
    const auto id = "acc-" + std::to_string(i);
    auto& who = scribes.try_emplace(id, id).first->second;
    account_append request{id, 0, {}, ""};
    who.say(request, born(id, 1));
    for (int k = 1; k < 200; ++k) who.say(request, in(id, k));
    CAF_REQUIRE(ask<appended>(journal, request)->answer);
  }
  start();
  std::map<account_id, int> told;
  std::size_t most_waiting = 0, total = 0;
  for (int round = 0; round < 20000 && !log->held.empty(); ++round) {
    most_waiting = std::max<std::size_t>(most_waiting, figures->waiting);
    for (auto i = log->heard.size() - log->held.size(); i < log->heard.size(); ++i, ++total) {
      const auto key = key_of(log->heard[i]);
      const auto colon = key.find(':');
      CAF_REQUIRE_EQUAL(std::stoi(key.substr(colon + 1)), ++told[key.substr(0, colon)]);
    }
    caf::anon_send(engine, caf::tick_atom::value, std::uint64_t{0});
    sched.run();
    if (log->held.empty()) wait(2);
  }
  CAF_CHECK_EQUAL(total, 10'000u);
  CAF_CHECK_EQUAL(log->heard.size(), 10'000u);
  CAF_CHECK(most_waiting <= 100);
  CAF_CHECK(log->most_at_once <= wanted.max_active);
  CAF_CHECK_EQUAL(cursor(), 10'000u);
}

CAF_TEST(who may not append does not tell and begins at the cursor when it may) {
  write_lives();
  gate->status.emplace();
  gate->status->lease = "waiting";
  start();
  wait(5);
  CAF_CHECK(log->heard.empty());
  gate->status->lease = "held";
  gate->status->epoch = 1;
  wait(2);
  check_all_told();
  // Another told in between.
  gate->status->lease = "waiting";
  wait(2);
  write("b", in("b", 1));
  CAF_REQUIRE(ask<std::uint64_t>(journal, put_outbox_cursor{engine_reader, 12})->answer);
  write("b", in("b", 2));
  gate->status->lease = "held";
  gate->status->epoch = 3;
  wait(2);
  CAF_CHECK_EQUAL(log->heard.size(), 9u);
  CAF_CHECK_EQUAL(log->taken.back(), "b:6 /deposit 2.00 73.00");
}

CAF_TEST_FIXTURE_SCOPE_END()
