// How the SQLite store queues, on a scheduler that runs only when told to.
#include "runtime/stores/sqlite_db.hpp"
#include "runtime/stores/sqlite_store.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <caf/scheduler/test_coordinator.hpp>

namespace troupe {

namespace {

struct test_config : store_config {
  test_config() { set("scheduler.policy", caf::atom("testing")); }
};

// On CAF's test scheduler nothing runs until told to, so that a queue can be looked at.
struct store_queue : testing::Test {
  store_queue()
      : system(config), self(system),
        scheduler(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())) {
    sqlite_store_options options;
    options.detached = false;
    options.max_queued_rows = 100;
    options.max_transaction_rows = 25;
    options.retention_slice_rows = 5;
    options.busy_timeout_ms = 1;
    store = spawn_sqlite_store(system, folder.file("market.db"), options).handle;
  }
  ~store_queue() override {
    caf::anon_send_exit(store, caf::exit_reason::kill);
    scheduler.run();
  }

  // The next answer: rows added, or minus the code of the error.
  int next_answer() {
    int answer = 0;
    self->receive([&](const put_receipt& r) { answer = static_cast<int>(r.added); },
                  [&](const std::uint64_t& deleted) { answer = static_cast<int>(deleted); },
                  [&](const caf::error& e) { answer = -static_cast<int>(e.code()); },
                  caf::after(std::chrono::seconds{0}) >> [] { ADD_FAILURE() << "no answer"; });
    return answer;
  }

  temporary_folder folder;
  test_config config;
  caf::actor_system system;
  caf::scoped_actor self;
  caf::scheduler::test_coordinator& scheduler;
  store_actor store;
};

} // namespace

TEST_F(store_queue, past_its_bound_answers_busy_at_once) {
  for (int i = 0; i < 6; ++i) self->send(store, candles_of("BTCUSDT", 20, monday + i * day_ms));
  self->send(store, candles_of("BTCUSDT", 101));
  self->send(store, get_store_status{});
  scheduler.run();
  EXPECT_EQ(next_answer(), -static_cast<int>(errc::busy));
  EXPECT_EQ(next_answer(), -static_cast<int>(errc::payload_too_large));
  self->receive([&](const store_status& s) { EXPECT_EQ(s.queued_rows, 100u); });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(next_answer(), 20);
  self->send(store, candles_of("ETHUSDT", 100));
  self->send(store, get_store_status{});
  scheduler.run();
  self->receive([&](const store_status& s) {
    EXPECT_EQ(s.written_rows, 100u);
    EXPECT_EQ(s.commits, 3u); // 40 + 40 + 20: whole requests until there are 25 rows
  });
  EXPECT_EQ(next_answer(), 100);
}

TEST_F(store_queue, a_question_sees_what_was_put_before_it) {
  for (int i = 0; i < 5; ++i) self->send(store, candles_of("BTCUSDT", 20, monday + i * day_ms));
  self->send(store, get_candles{"BTCUSDT", 0, monday * 2, 1000});
  scheduler.run();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(next_answer(), 20);
  self->receive([&](const std::vector<candle>& found) { EXPECT_EQ(found.size(), 100u); });
}

TEST_F(store_queue, writes_go_between_the_slices_of_a_retention) {
  self->send(store, candles_of("BTCUSDT", 50));
  scheduler.run();
  EXPECT_EQ(next_answer(), 50);
  self->send(store, apply_retention{monday + 30 * day_ms, 1, 0, 0});
  self->send(store, apply_retention{monday + 30 * day_ms, 1, 0, 0});
  for (int i = 0; i < 4; ++i)
    self->send(store, candles_of("ETHUSDT", 25, monday + (40 + i) * day_ms));
  scheduler.run();
  EXPECT_EQ(next_answer(), -static_cast<int>(errc::busy)); // one at a time
  for (int i = 0; i < 4; ++i) EXPECT_EQ(next_answer(), 25);
  EXPECT_EQ(next_answer(), 50);
}

TEST_F(store_queue, an_exit_commits_what_is_queued) {
  self->send(store, candles_of("BTCUSDT", 20));
  scheduler.run_once();
  caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  scheduler.run();
  EXPECT_EQ(next_answer(), 20);
  std::string error;
  const auto db = sqlite_db::open(folder.file("market.db"), 1000, error);
  ASSERT_TRUE(db) << error;
  EXPECT_EQ(db->integer("SELECT count(*) FROM candles", 0), 20);
}

TEST_F(store_queue, an_exit_leaves_nobody_without_an_answer) {
  std::string error;
  const auto other = sqlite_db::open(folder.file("market.db"), 1000, error);
  ASSERT_TRUE(other && other->exec("BEGIN IMMEDIATE")) << error;
  for (int i = 0; i < 3; ++i) {
    self->send(store, candles_of("BTCUSDT", 25, monday + i * day_ms));
    scheduler.run_once();
  }
  scheduler.run_once();
  caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  scheduler.run();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(next_answer(), -static_cast<int>(errc::store_unavailable));
}

} // namespace troupe
