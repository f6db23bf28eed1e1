// The log of served signals: behind the answers, batched, never silent about what it loses.
#define CAF_SUITE served_log
#include "actors/served_log.hpp"

#include "actors/memory_store.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <caf/test/dsl.hpp>

namespace troupe {

namespace {

struct config : caf::actor_system_config {
  config() { add_message_types<caf::id_block::troupe>(); }
};

constexpr utc_ms monday = 1767571200000;

struct fixture : test_coordinator_fixture<config> {
  ~fixture() override {
    for (auto& a : doomed) caf::anon_send_exit(a, caf::exit_reason::kill);
    sched.run();
  }
  void start(memory_store_options kept = {}, std::size_t most = 50'000, std::size_t a_write = 3) {
    store = spawn_memory_store(sys, kept);
    served_log_options o;
    o.store = store;
    o.counts = counts;
    o.log = [this](log_level, const std::string& text) { said.push_back(text); };
    o.max_waiting_rows = most;
    o.max_write_rows = a_write;
    log = spawn_served_log(sys, o);
    doomed = {caf::actor_cast<caf::actor>(store), caf::actor_cast<caf::actor>(log)};
    sched.run();
  }
  void serve(int from, int to) {
    for (int i = from; i < to; ++i)
      caf::anon_send(log, served_signal{"ann", "s" + std::to_string(i), "BTCUSDT", monday, monday});
  }
  // 0 when all was written; minus the code of the error.
  int flush() {
    int answer = 1;
    self->send(log, caf::flush_atom_v);
    sched.run();
    self->receive([&](std::uint64_t n) { answer = static_cast<int>(n); },
                  [&](const caf::error& e) { answer = -static_cast<int>(e.code()); },
                  caf::after(std::chrono::seconds(0)) >> [] {});
    return answer;
  }
  std::uint64_t commits() {
    std::uint64_t n = 0;
    self->send(store, get_store_status{});
    sched.run();
    self->receive([&](const store_status& s) { n = s.commits; });
    return n;
  }
  std::uint64_t rows() {
    std::uint64_t n = 0;
    self->send(store, get_store_status{});
    sched.run();
    self->receive([&](const store_status& s) { n = s.written_rows; });
    return n;
  }

  static constexpr int unavailable = -static_cast<int>(errc::store_unavailable);
  std::shared_ptr<counters> counts = std::make_shared<counters>();
  std::vector<std::string> said;
  store_actor store;
  served_log_actor log;
  std::vector<caf::actor> doomed;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(served_log_tests, fixture)

CAF_TEST(everything told is written in few writes) {
  start();
  serve(0, 10);
  CAF_CHECK_EQUAL(flush(), 0);
  CAF_CHECK_EQUAL(rows(), 10u);
  CAF_CHECK(commits() <= 4u); // the first alone, then three at a time
  CAF_CHECK(said.empty());
}

CAF_TEST(a flush with nothing to write is answered at once) {
  start();
  CAF_CHECK_EQUAL(flush(), 0);
  CAF_CHECK_EQUAL(commits(), 0u);
}

CAF_TEST(a refused write is repeated after a second and nothing is lost) {
  memory_store_options kept;
  kept.fail_first_writes = 1;
  start(kept);
  serve(0, 5);
  sched.run();
  CAF_CHECK_EQUAL(rows(), 0u);
  CAF_REQUIRE_EQUAL(said.size(), 1u);
  sched.advance_time(std::chrono::seconds(1));
  sched.run();
  CAF_CHECK_EQUAL(rows(), 5u);
  CAF_CHECK_EQUAL(said.size(), 2u); // once at its beginning, once at its end
  CAF_CHECK_EQUAL(counts->served_dropped.load(), 0u);
}

CAF_TEST(a flush tries at once and is told that the store refuses) {
  memory_store_options kept;
  kept.fail_first_writes = 2;
  start(kept);
  serve(0, 2);
  sched.run();
  CAF_CHECK_EQUAL(flush(), unavailable);
  CAF_CHECK_EQUAL(flush(), 0);
  CAF_CHECK_EQUAL(rows(), 2u);
}

CAF_TEST(past the bound rows are dropped and counted and said once) {
  memory_store_options kept;
  kept.fail_writes = true;
  start(kept, 4);
  serve(0, 10);
  sched.run();
  CAF_CHECK_EQUAL(counts->served_dropped.load(), 6u);
  CAF_CHECK_EQUAL(said.size(), 2u); // that the store refuses, and that rows are lost
}

CAF_TEST(a row that no store keeps does not hold up the others) {
  start({}, 100, 1);
  caf::anon_send(log, served_signal{"", "s", "BTCUSDT", monday, monday});
  serve(0, 2);
  CAF_CHECK_EQUAL(flush(), 0);
  CAF_CHECK_EQUAL(rows(), 2u);
  CAF_CHECK_EQUAL(counts->served_dropped.load(), 1u);
  CAF_CHECK_EQUAL(said.size(), 1u);
}

CAF_TEST(who is served the same again costs no write) {
  start();
  serve(0, 3);
  CAF_CHECK_EQUAL(flush(), 0);
  const auto before = commits();
  serve(0, 3);
  CAF_CHECK_EQUAL(flush(), 0);
  CAF_CHECK_EQUAL(commits(), before);
  serve(2, 4);
  CAF_CHECK_EQUAL(flush(), 0);
  CAF_CHECK_EQUAL(rows(), 4u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace troupe
