// Calls over the way between two nodes: answered once, in time, or known to have failed.
#define CAF_SUITE cluster_peer
#include "tests/actors/peer_fixture.hpp"

namespace troupe {

CAF_TEST_FIXTURE_SCOPE(cluster_peer_tests, peer_fixture)

CAF_TEST(answers of any type come back and refusals with their words) {
  meet();
  const auto text = call(saying("hello"));
  CAF_REQUIRE(!text.why);
  CAF_CHECK_EQUAL(text.what.get_as<std::string>(0), "hello");
  const auto applied = call(saying(caf::make_message(candle_batch{"BTCUSDT", {}, 0})));
  CAF_REQUIRE(applied.what.match_elements<batch_applied>());
  CAF_CHECK_EQUAL(applied.what.get_as<batch_applied>(0).symbol, "BTCUSDT");
  const auto refused = call(saying(caf::make_message(std::uint64_t{1})));
  CAF_CHECK(code_of_failure(refused) == errc::insufficient_funds);
  CAF_CHECK_EQUAL(refused.why.context().get_as<std::string>(0), "0.01 short");
  CAF_CHECK_EQUAL(figures->calls.load(), 3u);
  CAF_CHECK_EQUAL(figures->answers.load(), 3u);
  CAF_CHECK_EQUAL(figures->pending.load(), 0u);
}

CAF_TEST(a call for what is not here and one that is not understood are refused) {
  meet();
  const auto nobody = call({remote_part::node, "", caf::make_message(std::string{"x"})});
  CAF_CHECK(code_of_failure(nobody) == errc::busy);
  const auto nothing = call(saying(caf::message{}));
  CAF_CHECK(code_of_failure(nothing) == errc::validation_error);
  const auto unexpected = call(saying(caf::make_message(3.5)));
  CAF_CHECK(unexpected.why == caf::sec::unexpected_message);
}

CAF_TEST(a call to an actor that has ended fails at once) {
  meet();
  caf::anon_send_exit(answers, caf::exit_reason::kill);
  sched.run();
  CAF_CHECK(call(saying("anybody")).why == caf::sec::request_receiver_down);
}

CAF_TEST(what is pending fails at once when the other node is gone) {
  play(options());
  auto first = ask(saying("one")), second = ask(saying("two"));
  sched.run();
  caf::anon_send_exit(other, caf::exit_reason::kill);
  played->unpaid.clear();
  sched.run();
  for (auto one : {&first, &second}) CAF_CHECK(code_of_failure(outcome(*one)) == errc::busy);
  CAF_CHECK_EQUAL(figures->failed.load(), 2u);
  CAF_CHECK_EQUAL(figures->pending.load(), 0u);
  auto after = ask(saying("three"));
  sched.run();
  after.receive([](const remote_answer&) { CAF_FAIL("it should have ended"); },
                [](const caf::error& e) { CAF_CHECK(e == caf::sec::request_receiver_down); });
}

CAF_TEST(what is pending fails when the way is told to end) {
  play(options());
  auto one = ask(saying("one"));
  sched.run();
  caf::anon_send_exit(here, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK(code_of_failure(outcome(one)) == errc::busy);
}

CAF_TEST(a call that nobody answers ends in time and a later answer is ignored) {
  auto mine = options();
  mine.call_timeout = 1500ms;
  play(mine);
  auto early = ask(saying("early"));
  sched.run();
  advance_time(1000ms);
  auto late = ask(saying("late"));
  sched.run();
  advance_time(500ms);
  sched.run();
  CAF_CHECK(code_of_failure(outcome(early)) == errc::busy);
  CAF_CHECK_EQUAL(figures->pending.load(), 1u);
  parcel p;
  p.number = 1;
  p.answers.push_back({1, {{}, caf::make_message(std::string{"far too late"})}});
  p.answers.push_back({2, {{}, caf::make_message(std::string{"in time"})}});
  caf::anon_send(here, p);
  sched.run();
  CAF_CHECK_EQUAL(outcome(late).what.get_as<std::string>(0), "in time");
  CAF_CHECK_EQUAL(figures->answers.load(), 1u);
  CAF_CHECK_EQUAL(figures->failed.load(), 1u);
  CAF_CHECK_EQUAL(figures->round_trip_ns.load(), 500'000'000u);
}

CAF_TEST(too many calls are refused at once on either side) {
  auto mine = options();
  mine.max_pending = 2;
  meet(mine);
  auto one = ask(saying(caf::make_message(true))), two = ask(saying(caf::make_message(true)));
  sched.run();
  const auto refused = call(saying("three"));
  CAF_CHECK(code_of_failure(refused) == errc::busy);
  CAF_CHECK_EQUAL(figures->calls.load(), 2u);
  advance_time(1500ms);
  sched.run();
  CAF_CHECK(code_of_failure(outcome(one)) == errc::busy);
  CAF_CHECK(code_of_failure(outcome(two)) == errc::busy);
  CAF_CHECK(!call(saying("four")).why);
}

CAF_TEST(calls that are never answered here are forgotten) {
  auto mine = options();
  mine.max_serving = 1;
  play(mine);
  auto ask_here = [&](std::uint64_t number, bool answerable) {
    parcel p;
    p.number = number;
    p.calls.push_back(
        {number,
         saying(answerable ? caf::make_message(std::string{"x"}) : caf::make_message(true))});
    caf::anon_send(here, p);
    sched.run();
  };
  ask_here(1, false);
  ask_here(2, true);
  CAF_REQUIRE_EQUAL(played->got.size(), 1u);
  CAF_CHECK(code_of_failure(played->got[0].answers.at(0).answer) == errc::busy);
  advance_time(12s);
  sched.run();
  ask_here(3, true);
  CAF_REQUIRE_EQUAL(played->got.size(), 2u);
  CAF_CHECK(!played->got[1].answers.at(0).answer.why);
}

CAF_TEST(what is said before the other end is known waits for it) {
  here = spawn(nullptr, options());
  auto one = ask(saying("early"));
  tell("n");
  sched.run();
  there = spawn(caf::actor_cast<caf::strong_actor_ptr>(here), options());
  caf::anon_send(here, caf::connect_atom_v, caf::actor_cast<caf::strong_actor_ptr>(there));
  sched.run();
  CAF_CHECK_EQUAL(outcome(one).what.get_as<std::string>(0), "early");
  CAF_CHECK_EQUAL(heard.size(), 1u);
}

CAF_TEST(many calls both ways each get their own answer) {
  auto mine = options();
  mine.credit = 2;
  mine.parcels.items = 7;
  meet(mine);
  std::vector<decltype(ask(saying("")))> asked;
  for (int i = 0; i < 500; ++i) asked.push_back(ask(saying(std::to_string(i))));
  sched.run();
  for (int i = 0; i < 500; ++i)
    CAF_CHECK_EQUAL(outcome(asked[i]).what.get_as<std::string>(0), std::to_string(i));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace troupe
