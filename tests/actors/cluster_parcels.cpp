// What shares a parcel, how many are under way, and what becomes of news.
#define CAF_SUITE cluster_parcels
#include "tests/actors/peer_fixture.hpp"

namespace troupe {

CAF_TEST_FIXTURE_SCOPE(cluster_parcels_tests, peer_fixture)

CAF_TEST(a lone call leaves at once and what comes together shares a parcel) {
  play(options());
  auto lone = ask(saying("one"));
  sched.run();
  CAF_REQUIRE_EQUAL(played->got.size(), 1u);
  std::vector<decltype(lone)> more;
  for (int i = 0; i < 100; ++i) more.push_back(ask(saying("many")));
  tell("n");
  caf::anon_send(here, look_again{});
  sched.run();
  CAF_REQUIRE_EQUAL(played->got.size(), 2u);
  CAF_CHECK_EQUAL(played->got[1].number, 2u);
  CAF_CHECK_EQUAL(played->got[1].calls.size(), 100u);
  CAF_CHECK_EQUAL(played->got[1].news.size(), 1u);
  CAF_CHECK(played->got[1].look_again);
}

CAF_TEST(no more parcels are under way than there is credit and none is lost) {
  auto mine = options();
  mine.credit = 3;
  play(mine);
  std::string all;
  for (char c = 'a'; c <= 'z'; ++c) {
    all += c;
    tell(std::string(1, c));
    sched.run();
  }
  CAF_CHECK_EQUAL(played->got.size(), 3u);
  pay_one();
  CAF_CHECK_EQUAL(played->got.size(), 4u); // and the rest shares it
  CAF_CHECK_EQUAL(told(), all);
  CAF_CHECK_EQUAL(played->unpaid.size(), 3u);
}

CAF_TEST(what fills many parcels at once has no more credit than that) {
  auto mine = options();
  mine.credit = 3;
  mine.parcels.items = 1;
  play(mine);
  std::vector<decltype(ask(saying("")))> asked;
  for (int i = 0; i < 10; ++i) asked.push_back(ask(saying("x")));
  sched.run();
  CAF_CHECK_EQUAL(played->got.size(), 3u);
  pay_one();
  CAF_CHECK_EQUAL(played->got.size(), 4u);
}

CAF_TEST(a parcel holds no more than its limits) {
  auto mine = options();
  mine.parcels.items = 10;
  mine.parcels.bytes = 1000;
  mine.credit = 100;
  play(mine);
  std::vector<decltype(ask(saying("")))> asked;
  for (int i = 0; i < 25; ++i) asked.push_back(ask(saying("small")));
  for (int i = 0; i < 4; ++i) asked.push_back(ask(saying(std::string(400, 'x'))));
  asked.push_back(ask(saying(std::string(5000, 'y')))); // larger than any parcel: goes alone
  asked.push_back(ask(saying("last")));
  sched.run();
  std::vector<std::size_t> sizes;
  std::uint64_t next = 1;
  for (auto& p : played->got) {
    sizes.push_back(p.calls.size());
    for (auto& c : p.calls) CAF_CHECK_EQUAL(c.number, next++);
  }
  CAF_CHECK_EQUAL(sizes, (std::vector<std::size_t>{10, 10, 6, 2, 1, 1, 1}));
}

CAF_TEST(calls leave room for news) {
  auto mine = options();
  mine.parcels.bytes = 1000;
  mine.credit = 1;
  play(mine);
  std::vector<decltype(ask(saying("")))> asked;
  for (int i = 0; i < 50; ++i) asked.push_back(ask(saying(std::string(100, 'x'))));
  tell("n");
  sched.run();
  CAF_REQUIRE(!played->got.empty());
  CAF_CHECK_EQUAL(played->got[0].news.size(), 1u);
}

CAF_TEST(parcels are taken in order and a repeat is acknowledged and ignored) {
  play(options());
  auto send = [&](std::uint64_t number, std::string text) {
    parcel p;
    p.number = number;
    p.news.push_back({"prices", std::move(text)});
    auto pending = self->request(here, caf::infinite, p);
    sched.run();
    std::uint64_t taken = 0;
    pending.receive([&](const parcel_taken& t) { taken = t.number; }, [](const caf::error&) {});
    return taken;
  };
  CAF_CHECK_EQUAL(send(1, "one"), 1u);
  CAF_CHECK_EQUAL(send(2, "two"), 2u);
  CAF_CHECK_EQUAL(send(2, "two again"), 2u);
  CAF_CHECK_EQUAL(send(1, "one again"), 1u);
  CAF_REQUIRE_EQUAL(heard.size(), 2u);
  CAF_CHECK_EQUAL(heard[1].bytes, "two");
  CAF_CHECK_EQUAL(send(4, "three is missing"), 0u);
  CAF_CHECK_EQUAL(heard.size(), 2u);
  CAF_CHECK_EQUAL(send(3, "too late"), 0u); // it has ended
}

CAF_TEST(of news without room the oldest are dropped and counted) {
  auto mine = options();
  mine.credit = 1;
  mine.parcels.max_news = 3;
  play(mine);
  tell("0");
  sched.run(); // under way
  for (int i = 1; i <= 5; ++i) tell(std::to_string(i));
  sched.run();
  pay_one();
  CAF_CHECK_EQUAL(told(), "0345");
  CAF_CHECK_EQUAL(figures->news_dropped.load(), 2u);
  CAF_CHECK_EQUAL(figures->news_sent.load(), 4u);
}

CAF_TEST(news are bounded by bytes too) {
  auto mine = options();
  mine.credit = 1;
  mine.parcels.max_news_bytes = 100;
  play(mine);
  tell("0");
  sched.run();
  for (char c : {'a', 'b', 'c'}) tell(std::string(30, c));
  tell(std::string(1000, 'd'));
  sched.run();
  pay_one();
  CAF_CHECK_EQUAL(told(), "0" + std::string(30, 'b') + std::string(30, 'c'));
  CAF_CHECK_EQUAL(figures->news_dropped.load(), 2u);
}

CAF_TEST(news and looks reach the other node in order) {
  meet();
  for (auto text : {"a", "b", "c"}) tell(text);
  caf::anon_send(here, look_again{});
  sched.run();
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  CAF_CHECK_EQUAL(heard[0].topic, "prices");
  CAF_CHECK_EQUAL(heard[0].bytes + heard[1].bytes + heard[2].bytes, "abc");
  CAF_CHECK_EQUAL(looks, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace troupe
