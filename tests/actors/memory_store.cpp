// What only the store in memory has: its switches and bounds. The rest:
// tests/runtime/store_conformance.cpp.
#define CAF_SUITE memory_store
#include "actors/memory_store.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <caf/test/dsl.hpp>

namespace troupe {

namespace {

struct config : caf::actor_system_config {
  config() { add_message_types<caf::id_block::troupe>(); }
};

struct fixture : test_coordinator_fixture<config> {
  // Rows added, or minus the code of the error.
  template<class Request>
  int put(const store_actor& store, const Request& request) {
    int answer = 0;
    self->send(store, request);
    sched.run();
    self->receive([&](const put_receipt& r) { answer = static_cast<int>(r.added); },
                  [&](const caf::error& e) { answer = -static_cast<int>(e.code()); });
    return answer;
  }

  put_candles candles(int count) const {
    put_candles request{"BTCUSDT", "test", {}};
    for (int i = 0; i < count; ++i)
      request.candles.push_back({1767571200000 + i * base_interval_ms, 1, 1, 1, 1, 0});
    return request;
  }

  static constexpr int unavailable = -static_cast<int>(errc::store_unavailable);
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(memory_store_tests, fixture)

CAF_TEST(a store told to fail refuses every write and answers questions) {
  memory_store_options options;
  options.fail_writes = true;
  auto store = spawn_memory_store(sys, options);
  for (int i = 0; i < 3; ++i) CAF_CHECK_EQUAL(put(store, candles(2)), unavailable);
  self->send(store, get_spans{});
  sched.run();
  self->receive([&](const std::vector<candle_span>& spans) { CAF_CHECK(spans.empty()); });
}

CAF_TEST(a store told to fail at first recovers) {
  memory_store_options options;
  options.fail_first_writes = 2;
  auto store = spawn_memory_store(sys, options);
  CAF_CHECK_EQUAL(put(store, candles(2)), unavailable);
  CAF_CHECK_EQUAL(put(store, put_note{"a", "b"}), unavailable);
  CAF_CHECK_EQUAL(put(store, candles(2)), 2);
}

CAF_TEST(a full store refuses and keeps what it has) {
  memory_store_options options;
  options.max_candle_rows = 5;
  options.max_notes = 1;
  options.max_log_rows = 0;
  auto store = spawn_memory_store(sys, options);
  CAF_CHECK_EQUAL(put(store, candles(6)), unavailable);
  CAF_CHECK_EQUAL(put(store, candles(5)), 5);
  CAF_CHECK_EQUAL(put(store, put_note{"a", "1"}), 1);
  CAF_CHECK_EQUAL(put(store, put_note{"b", "1"}), unavailable);
  CAF_CHECK_EQUAL(put(store, put_note{"a", "2"}), 0);
  put_log log;
  log.predictions.emplace_back();
  log.predictions[0].symbol = "BTCUSDT";
  log.predictions[0].horizon = 6;
  log.predictions[0].candle_time = 1767571200000;
  CAF_CHECK_EQUAL(put(store, log), unavailable);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace troupe
