// Where the questions of a node's clients go, while a symbol is here, elsewhere, or on its way.
#define CAF_SUITE cluster_symbol_proxy

#include "tests/actors/cluster_symbols_fixture.hpp"

using namespace troupe;

namespace {

struct fixture : cluster_symbols_fixture {
  using asked = decltype(std::declval<caf::scoped_actor>()->request(symbol_actor{}, caf::infinite,
                                                                    get_symbol_status{}));

  asked status_of(node& n) {
    auto out = self->request(n.proxy(), caf::infinite, get_symbol_status{});
    sched.run();
    return out;
  }

  errc error_of(asked& question) {
    auto out = errc::none;
    question.receive([](symbol_status&) {},
                     [&](caf::error& e) { out = static_cast<errc>(e.code()); });
    return out;
  }

  bool answered(asked& question) {
    bool out = false;
    question.receive([&](symbol_status& s) { out = s.symbol == symbol; },
                     [&](caf::error& e) { CAF_MESSAGE(sys.render(e)); });
    return out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_symbol_proxy_tests, fixture)

CAF_TEST(a question is answered here while the symbol is here) {
  auto& a = join("a");
  tell(a, shard_standing::ours, 1);
  auto question = status_of(a);
  CAF_CHECK(answered(question));
  CAF_CHECK_EQUAL(*calls, 0u);
}

CAF_TEST(a question is answered by the owner while the symbol is elsewhere) {
  auto &a = join("a"), &b = join("b");
  tell(a, shard_standing::ours, 1);
  tell(b, shard_standing::another, 0, "a");
  connect(b, a);
  auto question = status_of(b);
  CAF_CHECK(answered(question));
  CAF_CHECK_EQUAL(*calls, 1u);
}

CAF_TEST(an error of the owner is the error of the question) {
  auto &a = join("a"), &b = join("b");
  tell(a, shard_standing::ours, 1);
  tell(b, shard_standing::another, 0, "a");
  connect(b, a);
  auto handle = self->request(b.proxy(), caf::infinite, get_prediction{6});
  sched.run();
  auto why = errc::none;
  handle.receive([](prediction&) {}, [&](caf::error& e) { why = static_cast<errc>(e.code()); });
  CAF_CHECK(why == errc::feature_error);
}

CAF_TEST(a question that finds nobody waits until somebody has the symbol) {
  auto& a = join("a");
  tell(a, shard_standing::moving);
  auto question = status_of(a);
  pass(800ms);
  tell(a, shard_standing::ours, 2);
  CAF_CHECK(answered(question));
}

CAF_TEST(a question that finds nobody for a second is answered busy) {
  auto& a = join("a");
  tell(a, shard_standing::moving);
  auto question = status_of(a);
  pass(1100ms);
  CAF_CHECK(error_of(question) == errc::busy);
}

CAF_TEST(an owner that is not one yet is asked again) {
  auto &a = join("a"), &b = join("b");
  tell(b, shard_standing::another, 0, "a");
  connect(b, a);
  auto question = status_of(b);
  pass(300ms);
  CAF_CHECK(*calls > 2u);
  tell(a, shard_standing::ours, 2);
  pass(100ms);
  CAF_CHECK(answered(question));
}

CAF_TEST(an owner to whom there is no way is waited for) {
  auto &a = join("a"), &b = join("b");
  tell(a, shard_standing::ours, 1);
  tell(b, shard_standing::another, 0, "a");
  connect(b, a);
  disconnect(b, a);
  auto question = status_of(b);
  CAF_CHECK_EQUAL(*calls, 0u);
  connect(b, a);
  CAF_CHECK(answered(question));
}

CAF_TEST(only so many questions wait) {
  auto& a = join("a");
  tell(a, shard_standing::moving);
  std::vector<asked> questions;
  for (std::size_t i = 0; i <= symbol_proxy_options{}.max_waiting; ++i)
    questions.push_back(status_of(a));
  CAF_CHECK(error_of(questions.back()) == errc::busy);
  tell(a, shard_standing::ours, 1);
  questions.pop_back();
  for (auto& question : questions) CAF_CHECK(answered(question));
}

CAF_TEST(an owner whose lease may be over is not asked and not on the board) {
  auto& a = join("a");
  tell(a, shard_standing::ours, 1);
  *a.holds = false;
  CAF_CHECK(!a.board->find(symbol));
  CAF_CHECK_EQUAL(a.board->epoch_of(symbol), 0u);
  auto question = status_of(a);
  pass(1100ms);
  CAF_CHECK(error_of(question) == errc::busy);
  *a.holds = true;
  auto again = status_of(a);
  CAF_CHECK(answered(again));
}

CAF_TEST(candles go to the symbol of this node only) {
  auto &a = join("a"), &b = join("b");
  tell(a, shard_standing::ours, 1);
  tell(b, shard_standing::another, 0, "a");
  connect(b, a);
  auto handle = self->request(b.proxy(), caf::infinite, candle_batch{symbol, {}, 0});
  sched.run();
  auto why = errc::none;
  handle.receive([](batch_applied&) {}, [&](caf::error& e) { why = static_cast<errc>(e.code()); });
  CAF_CHECK(why == errc::busy);
  CAF_CHECK_EQUAL(*calls, 0u);
}

CAF_TEST(a flush without a symbol has nothing to wait for) {
  auto& a = join("a");
  tell(a, shard_standing::moving);
  CAF_CHECK_EQUAL((ask<std::uint64_t>(a.proxy(), caf::flush_atom_v)), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
