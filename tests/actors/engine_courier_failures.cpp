// The courier when its engine is away, stumbles or refuses: what waits, what is given up, and that
// one account's trouble is not everybody's.
#define CAF_SUITE engine_courier_failures

#include "tests/actors/engine_fixture.hpp"
#include "tests/actors/outbound_fixture.hpp"

using namespace troupe;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(engine_courier_failures_tests, engine_fixture)

CAF_TEST(a service whose breaker opens is asked again when it may and all arrives in order) {
  auto wire = std::make_shared<wire_log>();
  wire->plan = {-static_cast<int>(outbound_errc::cannot_connect)};
  auto fake = sys.spawn(fake_wire, wire);
  outbound_options limits{ml_engine_limits};
  limits.uniform = [] { return .5; };
  limits.board = std::make_shared<dependency_board>();
  wanted.engine = spawn_outbound(sys, fake, limits);
  doomed.push_back(caf::actor_cast<caf::actor>(fake));
  doomed.push_back(caf::actor_cast<caf::actor>(wanted.engine));
  write_lives();
  start();
  wait(300);
  CAF_CHECK_EQUAL(limits.board->read().at(0).state, "open");
  CAF_CHECK(wire->attempts.size() < 40); // held back: the breaker lets one through a minute
  CAF_CHECK_EQUAL(cursor(), 0u);
  CAF_CHECK(letters().empty());
  wire->plan = {200};
  const auto before = wire->attempts.size();
  wait(120);
  text_lines a, b;
  for (auto i = before; i < wire->attempts.size(); ++i) {
    auto& r = *wire->attempts[i].what;
    (key_of(r)[0] == 'a' ? a : b).push_back(key_of(r) + ' ' + r.path + ' ' + r.body);
  }
  CAF_CHECK(a == whole_life_of_a());
  CAF_CHECK(b == whole_life_of_b());
  CAF_CHECK_EQUAL(cursor(), last_position);
}

CAF_TEST(while the engine is away one row at a time asks whether it is back) {
  log->plan = [](auto&) { return 401; };
  write_lives();
  start();
  CAF_CHECK(log->heard.size() <= wanted.max_active);
  const auto first = log->heard.size();
  wait(120);
  CAF_CHECK(log->heard.size() - first < 12); // 1 s, 2 s, 4 s … 30 s
  CAF_CHECK_EQUAL(cursor(), 0u);
  log->plan = [](auto&) { return 200; };
  wait(40);
  check_all_told();
}

CAF_TEST(an engine that fails for a while is told everything in the end) {
  int count = 0;
  log->plan = [&](auto&) { return ++count % 3 == 0 ? 200 : 500; };
  write_lives();
  start();
  wait(200);
  check_all_told();
}

CAF_TEST(what is refused for good becomes a dead letter and the next row follows) {
  log->plan = [](const outbound_request& r) { return key_of(r) == "a:2" ? 409 : 200; };
  write_lives();
  start();
  wait(3);
  const auto kept = letters();
  CAF_REQUIRE_EQUAL(kept.size(), 1u);
  CAF_CHECK_EQUAL(kept[0].source, "outbox:ml-engine");
  CAF_CHECK_EQUAL(kept[0].reason, "status 409: because");
  CAF_CHECK_EQUAL(kept[0].body, "GET /deposit\nIdempotency-Key: a:2\n\n5.00 105.00");
  CAF_CHECK_EQUAL(kept[0].at, t0 + 5);
  CAF_CHECK_EQUAL(taken_of('a').size(), 3u);
  CAF_CHECK(taken_of('b') == whole_life_of_b());
  CAF_CHECK_EQUAL(cursor(), last_position);
  CAF_CHECK_EQUAL(figures->refused.load(), 1u);
}

CAF_TEST(a letter that cannot be kept holds the row back) {
  log->plan = [](const outbound_request& r) { return key_of(r) == "a:2" ? 409 : 200; };
  write("a", born("a", 1));
  start();
  write("a", in("a", 1));
  log->plan = [this](const outbound_request& r) {
    gate->failing = 1; // the letter is the next question
    return key_of(r) == "a:2" ? 409 : 200;
  };
  wait(1);
  CAF_CHECK(letters().empty());
  CAF_CHECK_EQUAL(cursor(), 1u);
  log->plan = [](auto&) { return 409; };
  wait(5);
  CAF_CHECK_EQUAL(letters().size(), 1u);
  CAF_CHECK_EQUAL(cursor(), 2u);
}

CAF_TEST(what cannot be said is a dead letter too) {
  write("unspeakable", born("unspeakable", 1));
  write("b", born("b", 1));
  start();
  CAF_REQUIRE_EQUAL(letters().size(), 1u);
  CAF_CHECK_EQUAL(letters()[0].body, "unspeakable:1");
  CAF_CHECK_EQUAL(taken_of('b').size(), 1u);
}

CAF_TEST(an account the engine fails for does not hold up the others and is given up in the end) {
  log->plan = [](const outbound_request& r) { return key_of(r) == "a:2" ? 500 : 200; };
  wanted.max_waiting_rows = 10;
  wanted.page_rows = 5;
  wanted.tries = 5;
  write("a", born("a", 100), in("a", 5), in("a", 6));
  write("b", born("b", 0));
  start();
  wait(20);
  CAF_CHECK(letters().empty()); // nobody else had anything to say meanwhile
  CAF_CHECK_EQUAL(cursor(), 1u);
  for (int i = 1; i <= 40; ++i) {
    write("b", in("b", i));
    wait(10);
  }
  CAF_CHECK_EQUAL(taken_of('b').size(), 41u);
  CAF_REQUIRE_EQUAL(letters().size(), 1u);
  CAF_CHECK(letters()[0].reason.find("given up") == 0);
  CAF_CHECK(taken_of('a') == (text_lines{"a:1 /create 100.00 100.00", "a:3 /deposit 6.00 111.00"}));
  CAF_CHECK_EQUAL(cursor(), 44u);
}

CAF_TEST(an account that fills the window alone does not block the others for ever) {
  log->plan = [](const outbound_request& r) { return key_of(r)[0] == 'a' ? 500 : 200; };
  wanted.max_waiting_rows = 5;
  wanted.tries = 2;
  write("a", born("a", 100), in("a", 1), in("a", 2), in("a", 3), in("a", 4), in("a", 5));
  write("b", born("b", 0));
  start();
  wait(60); // fewer than ten times as many tries
  CAF_CHECK(letters().empty());
  wait(3600);
  CAF_CHECK(letters().size() >= 2);
  CAF_CHECK_EQUAL(taken_of('b').size(), 1u);
}

CAF_TEST(an opening that cannot be read is a dead letter) {
  account_append request{"z", 0, {}, ""};
  auto& who = scribes.try_emplace("z", "z").first->second;
  who.say(request, born("z", 1));
  request.rows[0].payload.pop_back();
  CAF_REQUIRE(ask<appended>(journal, request)->answer);
  start();
  CAF_REQUIRE_EQUAL(letters().size(), 1u);
  CAF_CHECK_EQUAL(letters()[0].body, "z:1");
  CAF_CHECK(log->heard.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
