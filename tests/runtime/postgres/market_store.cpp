// What only a store behind a network can get wrong.
#include "runtime/stores/postgres/market_store.hpp"

#include "runtime/commands/migrate.hpp"
#include "tests/runtime/postgres/server.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <chrono>
#include <stdexcept>

namespace troupe {

namespace {

using steady = std::chrono::steady_clock;
using test::server;

struct postgres_store : testing::Test {
  postgres_store() : system(config), asker(system), url(server().make_database()) { open(); }
  ~postgres_store() override {
    for (auto& one : stores) asker.end(one);
  }

  store_actor open(const postgres_store_options& options = {}) {
    auto spawned = spawn_postgres_store(system, url, options);
    EXPECT_EQ(spawned.error, "");
    if (!spawned.handle) throw std::runtime_error{"no store"}; // fails the test and ends it
    stores.push_back(spawned.handle);
    return stores.back();
  }
  store_actor& store() { return stores.front(); }

  std::string ask(const std::string& sql) { return server().ask(url, "SELECT " + sql); }

  // What must hold of the tables whatever happened.
  void expect_counters_agree() {
    EXPECT_EQ(ask("count(*) FROM troupe.symbols s WHERE candle_rows <>"
                  " (SELECT count(*) FROM troupe.candles c WHERE c.symbol_id = s.id)"),
              "0");
    EXPECT_EQ(ask("count(*) FROM (SELECT symbol_id, horizon, type, count(*) AS rows FROM"
                  " troupe.signal_logs GROUP BY 1, 2, 3) l FULL JOIN troupe.signal_counts c"
                  " USING (symbol_id, horizon, type) WHERE l.rows IS DISTINCT FROM c.rows"),
              "0");
  }

  /// Sends `count` requests of ten candles and a signal each, from slot `first` on.
  void send(const store_actor& to, int count, int first = 0) {
    for (int i = first; i < first + count; ++i) {
      asker.self()->send(to, candles_of("BTCUSDT", 10, monday + i * 10 * base_interval_ms));
      asker.self()->send(to,
                         put_log{{prediction_of("BTCUSDT", 6, monday + i * base_interval_ms)},
                                 {signal_of("BTCUSDT", 6, monday + i * base_interval_ms)}});
    }
  }

  struct answers {
    int good = 0, unavailable = 0, other = 0;
  };
  answers receive(int count) {
    answers got;
    bool silent = false;
    for (int i = 0; i < count && !silent; ++i)
      asker.self()->receive([&](const put_receipt&) { ++got.good; },
                            [&](const caf::error& e) {
                              ++(e == caf::make_error(errc::store_unavailable) ? got.unavailable
                                                                               : got.other);
                            },
                            caf::after(std::chrono::seconds{60}) >> [&] { silent = true; });
    EXPECT_FALSE(silent) << "no answer";
    return got;
  }

  store_config config;
  caf::actor_system system;
  store_asker asker;
  std::string url;
  std::vector<store_actor> stores;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_F(postgres_store, every_field_of_a_prediction_is_kept) {
  const auto p = prediction_of("BTCUSDT", 72, monday);
  asker.put(store(), put_log{{p}, {}});
  const auto row = ask("concat_ws(',', y.name, horizon, candle_time, v.name, current_price,"
                       " delta_high, delta_low, confidence, actual_high IS NULL, mae IS NULL) FROM"
                       " troupe.prediction_logs l JOIN troupe.symbols y ON y.id = l.symbol_id"
                       " JOIN troupe.names v ON v.id = l.model_version_id");
  EXPECT_EQ(row,
            "BTCUSDT,72,1767571200000,20260105T000000-abcdef12,43250.5,0.30000000000000004,"
            "0.3333333333333333,0.8,t,t");
  const char* const quantiles[] = {"q05", "q10", "q20", "q25", "q50", "q75", "q80", "q90", "q95"};
  for (std::size_t i = 0; i < 9; ++i)
    for (const bool high : {true, false}) {
      const auto column = (high ? "high_" : "low_") + std::string{quantiles[i]};
      EXPECT_EQ(std::stod(ask(column + " FROM troupe.prediction_logs")),
                (high ? p.high_quantiles : p.low_quantiles)[i])
          << column;
    }
}

TEST_F(postgres_store, an_outcome_written_beside_a_signal_comes_with_it) {
  asker.put(store(), put_log{{}, {signal_of("BTCUSDT", 6, monday)}});
  server().ask(url, "UPDATE troupe.signal_logs SET outcome = 'tp', pnl_r = 1.9, pnl_percent = 0.7");
  const auto page = asker.ask<signal_page>(store(), get_signals{});
  ASSERT_EQ(page.signals.size(), 1u);
  ASSERT_TRUE(page.signals[0].outcome.has_value());
  EXPECT_EQ(page.signals[0].outcome->outcome, "tp");
  EXPECT_EQ(page.signals[0].outcome->pnl_r, 1.9);
  EXPECT_EQ(page.signals[0].outcome->pnl_percent, 0.7);
}

TEST_F(postgres_store, more_than_one_statement_takes_or_one_answer_brings) {
  const auto year = candles_of("BTCUSDT", 60'000);
  EXPECT_EQ(asker.put(store(), year).added, 60'000u);
  EXPECT_EQ(asker.put(store(), year).repeated, 60'000u);
  const get_candles all{"BTCUSDT", 0, monday * 2, 1'000'000};
  EXPECT_EQ(asker.ask<std::vector<candle>>(store(), all), year.candles);
  const get_candles newest{"BTCUSDT", 0, monday * 2, 55'001};
  EXPECT_EQ(asker.ask<std::vector<candle>>(store(), newest).size(), 55'001u);
  put_log log;
  for (int i = 0; i < 11'000; ++i) {
    log.predictions.push_back(prediction_of("BTCUSDT", 6, monday + i * base_interval_ms));
    log.signals.push_back(signal_of("BTCUSDT", 6, monday + i * base_interval_ms));
  }
  EXPECT_EQ(asker.put(store(), log).added, 22'000u);
  EXPECT_EQ(asker.put(store(), log).repeated, 22'000u);
  expect_counters_agree();
}

TEST_F(postgres_store, a_symbol_twice_in_one_transaction_is_counted_for_each_request) {
  auto& self = asker.self();
  for (const std::size_t count : {10, 12, 5}) self->send(store(), candles_of("BTCUSDT", count));
  for (const std::uint64_t added : {10u, 2u, 0u})
    self->receive([&](const put_receipt& r) { EXPECT_EQ(r.added, added); },
                  caf::after(std::chrono::seconds{20}) >> [] { FAIL(); });
  expect_counters_agree();
}

TEST_F(postgres_store, a_server_stopped_while_it_writes_loses_and_doubles_nothing) {
  constexpr int requests = 400;
  send(store(), requests / 2);
  const auto before = receive(requests / 2); // half of them are under way or queued now
  EXPECT_EQ(before.good, requests / 2);
  server().stop_immediately();
  send(store(), requests / 2, requests / 2);
  const auto during = receive(requests / 2 + requests);
  EXPECT_GT(during.unavailable, 0);
  EXPECT_EQ(during.other, 0);
  const auto status = asker.ask<store_status>(store(), get_store_status{});
  EXPECT_TRUE(status.failing);
  EXPECT_EQ(asker.refusal<std::vector<candle_span>>(store(), get_spans{}), errc::store_unavailable);
  ASSERT_TRUE(server().start_again()) << server().error();
  // The first questions may fall into the backoff.
  const auto end = steady::now() + std::chrono::seconds{30};
  answers again;
  do {
    send(store(), requests);
    again = receive(2 * requests);
  } while (again.good < 2 * requests && steady::now() < end);
  EXPECT_EQ(again.good, 2 * requests);
  EXPECT_EQ(asker.all_candles(store(), "BTCUSDT"), candles_of("BTCUSDT", 10 * requests).candles);
  EXPECT_EQ(asker.ask<signal_page>(store(), get_signals{}).total, unsigned{requests});
  EXPECT_EQ(ask("count(*) FROM troupe.signal_logs"), std::to_string(requests));
  EXPECT_EQ(ask("count(*) FROM troupe.prediction_logs"), std::to_string(requests));
  expect_counters_agree();
}

TEST_F(postgres_store, sessions_terminated_while_it_writes_lose_and_double_nothing) {
  constexpr int requests = 300;
  int good = 0;
  for (int round = 0; round < 3; ++round) {
    send(store(), requests, round * requests);
    server().terminate_backends(test::database_of(url));
    const auto got = receive(2 * requests);
    EXPECT_EQ(got.other, 0);
    good += got.good;
  }
  EXPECT_GT(good, 0);
  send(store(), 3 * requests);
  EXPECT_EQ(receive(6 * requests).good, 6 * requests);
  EXPECT_EQ(asker.all_candles(store(), "BTCUSDT"), candles_of("BTCUSDT", 30 * requests).candles);
  EXPECT_EQ(ask("count(*) FROM troupe.signal_logs"), std::to_string(3 * requests));
  expect_counters_agree();
}

TEST_F(postgres_store, a_session_lost_while_idle_is_not_noticed_by_the_caller) {
  asker.put(store(), candles_of("BTCUSDT", 1));
  server().terminate_backends(test::database_of(url));
  EXPECT_EQ(asker.put(store(), candles_of("BTCUSDT", 2)).added, 1u);
  server().terminate_backends(test::database_of(url));
  EXPECT_EQ(asker.all_candles(store(), "BTCUSDT").size(), 2u);
}

TEST_F(postgres_store, an_absence_is_told_once_at_its_beginning_and_its_end) {
  std::vector<std::string> told; // written by the store's thread before its answers
  postgres_store_options options;
  options.report = [&](const std::string& words) { told.push_back(words); };
  const auto reporting = open(options);
  server().stop_immediately();
  const auto start = steady::now();
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(asker.refusal<put_receipt>(reporting, candles_of("BTCUSDT", 1)),
              errc::store_unavailable);
  EXPECT_LT(steady::now() - start, std::chrono::seconds{5});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(contains(told[0], "store: postgres://troupe@127.0.0.1")) << told[0];
  ASSERT_TRUE(server().start_again()) << server().error();
  const auto end = steady::now() + std::chrono::seconds{30};
  do {
    send(reporting, 1);
  } while (receive(2).good < 2 && steady::now() < end);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[1], "store: writing again");
}

TEST_F(postgres_store, nodes_that_write_the_same_rows_at_once_keep_each_once) {
  constexpr int requests = 100;
  std::vector<store_actor> nodes{store(), open(), open()};
  for (int i = 0; i < requests; ++i)
    for (const auto& node : nodes)
      for (const auto* symbol : {"BTCUSDT", "ETHUSDT"}) {
        asker.self()->send(node, candles_of(symbol, 10, monday + i * 10 * base_interval_ms));
        asker.self()->send(node, put_log{{}, {signal_of(symbol, 6, monday + i * day_ms)}});
      }
  EXPECT_EQ(receive(12 * requests).good, 12 * requests);
  EXPECT_EQ(ask("count(*) FROM troupe.candles"), std::to_string(20 * requests));
  EXPECT_EQ(ask("count(*) FROM troupe.signal_logs"), std::to_string(2 * requests));
  EXPECT_EQ(ask("count(*) FROM troupe.symbols"), "2");
  expect_counters_agree();
}

TEST_F(postgres_store, of_two_nodes_that_change_a_note_one_wins) {
  const std::vector<store_actor> nodes{store(), open()};
  std::string says;
  for (int round = 0; round < 30; ++round) {
    std::uint64_t won = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      asker.self()->send(nodes[i],
                         swap_note{"n", says, std::to_string(round) + (i == 0 ? "a" : "b")});
    for (std::size_t i = 0; i < nodes.size(); ++i)
      asker.self()->receive([&](const put_receipt& r) { won += r.added; });
    EXPECT_EQ(won, 1u);
    says = asker.ask<std::string>(store(), get_note{"n"});
    EXPECT_EQ(says.substr(0, says.size() - 1), std::to_string(round));
  }
}

TEST_F(postgres_store, nodes_that_log_the_same_servings_keep_each_once) {
  const std::vector<store_actor> nodes{store(), open(), open()};
  put_log one_way, other_way;
  for (int i = 0; i < 300; ++i) {
    const auto s = signal_of("BTCUSDT", 6, monday + i * base_interval_ms);
    one_way.served.push_back(
        {"user" + std::to_string(i % 7), s.id, s.symbol, s.created_at, monday});
  }
  other_way.served.assign(one_way.served.rbegin(), one_way.served.rend());
  for (int round = 0; round < 5; ++round)
    for (std::size_t i = 0; i < nodes.size(); ++i)
      asker.self()->send(nodes[i], i % 2 == 0 ? one_way : other_way);
  const auto got = receive(15);
  EXPECT_EQ(got.good, 15) << got.unavailable << " unavailable";
  EXPECT_EQ(ask("count(*) FROM troupe.served_signals"), "300");
}

TEST_F(postgres_store, retention_keeps_the_counters) {
  put_log log;
  for (int i = 0; i < 20; ++i) {
    asker.put(store(), candles_of("BTCUSDT", 3, monday + i * day_ms));
    log.signals.push_back(signal_of("BTCUSDT", 36, monday + i * day_ms));
  }
  asker.put(store(), log);
  postgres_store_options options;
  options.retention_slice_rows = 7;
  const auto slicing = open(options);
  EXPECT_EQ(asker.ask<std::uint64_t>(slicing, apply_retention{monday + 20 * day_ms, 5, 0, 5}),
            15u * 3 + 15);
  expect_counters_agree();
}

TEST_F(postgres_store, a_newer_database_and_a_server_that_is_away_are_refused_at_the_start) {
  server().ask(url, "INSERT INTO troupe.schema_version (version, name) VALUES (99, 'later')");
  auto newer = spawn_postgres_store(system, url);
  EXPECT_FALSE(newer.handle);
  EXPECT_TRUE(contains(newer.error, "has schema 99, newer than this program's")) << newer.error;
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_postgres_migrate(url), 1);
  EXPECT_TRUE(contains(testing::internal::GetCapturedStderr(), "newer"));
  auto absent = spawn_postgres_store(system, "postgres://ann:secret@127.0.0.1:1/market");
  EXPECT_FALSE(absent.handle);
  EXPECT_TRUE(contains(absent.error, "refused")) << absent.error;
  EXPECT_FALSE(contains(absent.error, "secret")) << absent.error;
}

TEST_F(postgres_store, its_status_says_where_without_a_password) {
  EXPECT_EQ(asker.ask<store_status>(store(), get_store_status{}).location, url);
}

} // namespace troupe
