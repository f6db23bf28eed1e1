// The symbol actor on the deterministic scheduler: every candle once, in order, whatever the feed,
// the store or the disk do.
#define CAF_SUITE symbol

#include "actors/symbol.hpp"

#include "actors/memory_store.hpp"
#include "messages/protocol.hpp"

#include <caf/test/dsl.hpp>

#include <map>
#include <memory>
#include <vector>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct config : caf::actor_system_config {
  config() { add_message_types<caf::id_block::troupe>(); }
};

constexpr utc_ms t0 = 1704067200000;

candle at(int slot, double close = 100) {
  const double wiggle = 0.1 * (slot % 7) + 0.05 * (slot % 11);
  return {t0 + slot * base_interval_ms, close,          close + 1 + wiggle,
          close - 1 - wiggle,           close + wiggle, 10.0 + slot % 5};
}

// What the world outside one symbol saw.
struct world {
  std::vector<bulletin_ptr> published;
  std::vector<watch> watches;
  std::vector<get_candles> asked;
  std::vector<candle> feed_has; // answered to get_candles within its range
  std::vector<symbol_started> started;
  std::vector<trial_report> trials;
};

publisher_actor::behavior_type fake_publisher(publisher_actor::pointer, std::shared_ptr<world> w) {
  return {[w](const bulletin_ptr& b) { w->published.push_back(b); }};
}

feed_actor::behavior_type fake_feed(feed_actor::pointer, std::shared_ptr<world> w) {
  return {
      [w](const watch& x) { w->watches.push_back(x); },
      [w](const get_candles& q) {
        w->asked.push_back(q);
        std::vector<candle> out;
        for (auto& c : w->feed_has)
          if (c.open_time >= q.from && c.open_time < q.to) out.push_back(c);
        return out;
      },
      [](const get_feed_status&) { return feed_status{}; },
      [](caf::tick_atom) {},
  };
}

trainer_actor::behavior_type fake_trainer(trainer_actor::pointer, std::shared_ptr<world> w) {
  return {
      [](const train&) { return job{}; },
      [](const get_job&) { return job{}; },
      [](const get_models&) { return std::vector<model_info>{}; },
      [](const get_trials&) { return std::vector<trial_report>{}; },
      [](const promote_version&) { return model_roles{}; },
      [w](const trial_ended& t) { w->trials.push_back(t.report); },
      [w](const symbol_started& s) { w->started.push_back(s); },
      [](const wall_clock&) {},
  };
}

struct fixture : test_coordinator_fixture<config> {
  std::shared_ptr<world> seen = std::make_shared<world>();
  std::shared_ptr<counters> count = std::make_shared<counters>(std::vector<symbol_name>{"BTCUSDT"});
  store_actor store;
  symbol_actor symbol;

  ~fixture() override {
    // The world remembers handles of those who hold it.
    seen->watches.clear();
    seen->started.clear();
    caf::anon_send_exit(symbol, caf::exit_reason::kill);
    sched.run();
  }

  void start(const memory_store_options& options = {}, std::uint32_t backfill = 0) {
    if (!store) store = spawn_memory_store(sys, options);
    symbol_peers peers;
    peers.feed = sys.spawn(fake_feed, seen);
    peers.store = store;
    peers.publisher = sys.spawn(fake_publisher, seen);
    peers.trainer = sys.spawn(fake_trainer, seen);
    peers.count = count;
    symbol_options o;
    o.symbol = "BTCUSDT";
    o.source = "test";
    o.backfill_candles = backfill;
    symbol = spawn_symbol(sys, o, peers);
    sched.run();
  }

  template<class Answer, class Question>
  Answer ask(const Question& q) {
    Answer out{};
    bool answered = false;
    auto handle = self->request(symbol, caf::infinite, q);
    sched.run();
    handle.receive(
        [&](Answer& a) {
          out = std::move(a);
          answered = true;
        },
        [&](caf::error& e) { CAF_FAIL("unexpected error: " << sys.render(e)); });
    CAF_CHECK(answered);
    return out;
  }

  template<class Answer, class Question>
  errc refusal(const Question& q) {
    errc out = errc::none;
    auto handle = self->request(symbol, caf::infinite, q);
    sched.run();
    handle.receive([&](Answer&) {}, [&](caf::error& e) { out = static_cast<errc>(e.code()); });
    return out;
  }

  batch_applied feed(std::vector<candle> candles) {
    return ask<batch_applied>(candle_batch{"BTCUSDT", std::move(candles), 1});
  }

  std::vector<candle> stored() {
    std::vector<candle> out;
    auto handle = self->request(store, caf::infinite, get_candles{"BTCUSDT", 0, INT64_MAX, 100000});
    sched.run();
    handle.receive([&](std::vector<candle>& c) { out = c; }, [](caf::error&) {});
    return out;
  }

  symbol_status status() { return ask<symbol_status>(get_symbol_status{}); }
};

std::vector<candle> range(int from, int to) {
  std::vector<candle> out;
  for (int i = from; i < to; ++i) out.push_back(at(i));
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(symbol_tests, fixture)

CAF_TEST(a started symbol watches its feed and tells the trainer that it has no model) {
  start();
  CAF_REQUIRE_EQUAL(seen->watches.size(), 1u);
  CAF_CHECK_EQUAL(seen->watches[0].after, 0);
  CAF_REQUIRE_EQUAL(seen->started.size(), 1u);
  CAF_CHECK(!seen->started[0].has_model);
}

CAF_TEST(a candle is applied once whatever the feed repeats) {
  start();
  auto first = feed(range(0, 3));
  CAF_CHECK_EQUAL(first.applied, 3u);
  CAF_CHECK_EQUAL(first.last_time, at(2).open_time);
  auto again = feed(range(0, 4));
  CAF_CHECK_EQUAL(again.applied, 1u);
  CAF_CHECK_EQUAL(again.duplicates + again.rejected, 3u);
  CAF_CHECK_EQUAL(seen->published.size(), 4u);
  CAF_CHECK_EQUAL(stored().size(), 4u);
}

CAF_TEST(a bad candle is refused and changes nothing) {
  start();
  feed(range(0, 2));
  auto bad = at(2);
  bad.high = bad.low - 1;
  auto answer = feed({bad});
  CAF_CHECK_EQUAL(answer.rejected, 1u);
  CAF_CHECK_EQUAL(answer.last_time, at(1).open_time);
  CAF_CHECK_EQUAL(status().invalid, 1u);
  CAF_CHECK_EQUAL(feed({at(2)}).applied, 1u);
}

CAF_TEST(what is missing is asked of the feed and put in its place) {
  start();
  seen->feed_has = range(0, 20);
  feed(range(0, 3));
  auto answer = feed({at(9), at(10)});
  CAF_REQUIRE_EQUAL(seen->asked.size(), 1u);
  CAF_CHECK_EQUAL(seen->asked[0].from, at(3).open_time);
  CAF_CHECK_EQUAL(seen->asked[0].to, at(9).open_time);
  CAF_CHECK_EQUAL(answer.applied, 8u);
  auto kept = stored();
  CAF_REQUIRE_EQUAL(kept.size(), 11u);
  for (int i = 0; i < 11; ++i) CAF_CHECK(kept[static_cast<std::size_t>(i)] == at(i));
  CAF_CHECK_EQUAL(status().gaps, 0u);
}

CAF_TEST(a short gap that the feed cannot close is filled flat) {
  start();
  feed(range(0, 3));
  feed({at(5)});
  CAF_CHECK_EQUAL(status().filled, 2u);
  CAF_CHECK_EQUAL(status().candles, 6u);
  CAF_CHECK_EQUAL(stored().size(), 4u); // made-up candles are not kept as market data
}

CAF_TEST(a long gap ends in a warm up) {
  start();
  feed(range(0, 100));
  CAF_CHECK_EQUAL(status().warmup_left, feature_warmup - 100);
  feed({at(150)});
  CAF_CHECK_EQUAL(status().warmup_left, feature_warmup - 1);
  CAF_CHECK_EQUAL(status().resets, 1u);
  CAF_CHECK(refusal<prediction>(get_prediction{6}) == errc::feature_error);
}

CAF_TEST(questions are refused by name) {
  start();
  CAF_CHECK(refusal<prediction>(get_prediction{7}) == errc::validation_error);
  CAF_CHECK(refusal<signal>(get_signal{6}) == errc::feature_error);
  CAF_CHECK(refusal<indicator_report>(get_indicators{}) == errc::feature_error);
  CAF_CHECK(refusal<std::vector<candle>>(get_history{timeframe::m5, 0}) == errc::validation_error);
  feed(range(0, 2100));
  CAF_CHECK(refusal<prediction>(get_prediction{6}) == errc::model_not_found);
  CAF_CHECK_EQUAL(ask<indicator_report>(get_indicators{}).candle_time, at(2099).open_time);
}

CAF_TEST(a restarted symbol goes on from what the store has) {
  start();
  feed(range(0, 2100));
  caf::anon_send_exit(symbol, caf::exit_reason::user_shutdown);
  sched.run();
  auto before = seen->published.size();
  start();
  CAF_CHECK_EQUAL(seen->watches.back().after, at(2099).open_time);
  CAF_CHECK_EQUAL(status().last_candle, at(2099).open_time);
  CAF_CHECK_EQUAL(status().warmup_left, 0u);
  CAF_CHECK_EQUAL(seen->published.size(), before); // the past is not said twice
}

CAF_TEST(an empty store is filled with the history of the feed) {
  seen->feed_has = range(0, 12000);
  start({}, 12000);
  CAF_CHECK_EQUAL(stored().size(), 12000u);
  CAF_CHECK_EQUAL(status().last_candle, at(11999).open_time);
  CAF_CHECK_EQUAL(status().warmup_left, 0u);
  CAF_CHECK_EQUAL(seen->watches[0].after, at(11999).open_time);
}

CAF_TEST(history that was begun and not finished is fetched once more) {
  // As one who died in the middle leaves it: the first part, and the note.
  start();
  auto keep = [&](auto what) {
    auto handle = self->request(store, caf::infinite, std::move(what));
    sched.run();
    handle.receive([](const put_receipt&) {}, [](caf::error&) { CAF_FAIL("not kept"); });
  };
  keep(put_candles{"BTCUSDT", "test", range(0, 100)});
  keep(put_note{"history BTCUSDT", "begun"});
  caf::anon_send_exit(symbol, caf::exit_reason::kill);
  sched.run();
  seen->watches.clear();
  seen->feed_has = range(0, 400);
  start({}, 400);
  CAF_CHECK_EQUAL(stored().size(), 400u);
  CAF_CHECK(seen->published.empty()); // nothing of it is news
  CAF_REQUIRE_EQUAL(seen->watches.size(), 1u);
  CAF_CHECK_EQUAL(seen->watches[0].after, at(399).open_time);
  // The next one has it whole.
  seen->feed_has.clear();
  caf::anon_send_exit(symbol, caf::exit_reason::kill);
  sched.run();
  start({}, 400);
  CAF_CHECK_EQUAL(stored().size(), 400u);
  CAF_CHECK_EQUAL(seen->watches.back().after, at(399).open_time);
}

CAF_TEST(rows that the store refuses are kept and written later) {
  memory_store_options failing;
  failing.fail_first_writes = 4;
  start(failing);
  feed(range(0, 3));
  CAF_CHECK(stored().empty());
  CAF_CHECK_EQUAL(status().unstored_rows, 3u);
  for (int i = 0; i < 3; ++i) {
    advance_time(1s);
    sched.run();
  }
  CAF_CHECK_EQUAL(stored().size(), 3u);
  CAF_CHECK_EQUAL(status().unstored_rows, 0u);
}

CAF_TEST(credit is held back while the store does not take rows) {
  memory_store_options failing;
  failing.fail_writes = true;
  start(failing);
  feed(range(0, static_cast<int>(held_credit_rows) - 1));
  bool answered = false;
  auto handle = self->request(symbol, 1s, candle_batch{"BTCUSDT", range(3999, 4010), 1});
  sched.run();
  advance_time(1s);
  sched.run();
  handle.receive([&](batch_applied&) { answered = true; }, [](caf::error&) {});
  CAF_CHECK(!answered);
}

CAF_TEST(history of a longer timeframe comes from the store when memory is too short) {
  start();
  feed(range(0, 6000));
  auto days = ask<std::vector<candle>>(get_history{timeframe::d1, 20});
  CAF_REQUIRE_EQUAL(days.size(), 20u);
  CAF_CHECK_EQUAL(days.back().open_time, t0 + 19 * day_ms);
  auto base = ask<std::vector<candle>>(get_history{timeframe::m5, 5000});
  CAF_REQUIRE_EQUAL(base.size(), 5000u);
  CAF_CHECK(base.back() == at(5999));
}

CAF_TEST_FIXTURE_SCOPE_END()
