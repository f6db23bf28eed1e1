// What only a store with a file can get wrong.
#include "runtime/stores/sqlite_store.hpp"

#include "runtime/commands/migrate.hpp"
#include "runtime/stores/migrations.hpp"
#include "runtime/stores/sqlite_db.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe {

namespace {

namespace fs = std::filesystem;

struct sqlite_store_test : testing::Test {
  sqlite_store_test() : system(config), asker(system), path(folder.file("market.db")) {}
  ~sqlite_store_test() override {
    if (store) asker.end(store);
  }

  void open(const sqlite_store_options& options = {}) {
    auto spawned = spawn_sqlite_store(system, path, options);
    EXPECT_EQ(spawned.error, "");
    store = spawned.handle;
  }

  std::string why_not_opened(const std::string& file) {
    auto spawned = spawn_sqlite_store(system, file);
    EXPECT_FALSE(spawned.handle);
    if (spawned.handle) asker.end(spawned.handle);
    return spawned.error;
  }

  std::unique_ptr<sqlite_db> raw() {
    std::string error;
    auto db = sqlite_db::open(path, 1000, error);
    EXPECT_EQ(error, "");
    return db;
  }

  temporary_folder folder;
  store_config config;
  caf::actor_system system;
  store_asker asker;
  std::string path;
  store_actor store;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Root may write everywhere, so that a test of rights needs another user for a while.
struct without_rights {
  without_rights() : was(::geteuid()) { EXPECT_EQ(was == 0 ? ::seteuid(65534) : 0, 0); }
  ~without_rights() { EXPECT_EQ(was == 0 ? ::seteuid(was) : 0, 0); }
  uid_t was;
};

} // namespace

TEST_F(sqlite_store_test, every_field_of_a_prediction_is_kept) {
  open();
  const auto p = prediction_of("BTCUSDT", 72, monday);
  asker.put(store, put_log{{p}, {}});
  asker.end(store);
  auto db = raw();
  auto row = db->ask("SELECT y.name, horizon, candle_time, v.name, current_price, delta_high,"
                     " delta_low, confidence, actual_high, actual_low, mae, high_q05, high_q10,"
                     " high_q20, high_q25, high_q50, high_q75, high_q80, high_q90, high_q95,"
                     " low_q05, low_q10, low_q20, low_q25, low_q50, low_q75, low_q80, low_q90,"
                     " low_q95 FROM prediction_logs p JOIN symbols y ON y.id = p.symbol_id"
                     " JOIN names v ON v.id = p.model_version_id");
  ASSERT_TRUE(row.bind().step()) << db->error();
  EXPECT_EQ(row.text(0), p.symbol);
  EXPECT_EQ(row.integer(1), p.horizon);
  EXPECT_EQ(row.integer(2), p.candle_time);
  EXPECT_EQ(row.text(3), p.model_version);
  EXPECT_EQ(row.real(4), p.current_price);
  EXPECT_EQ(row.real(5), p.delta_high);
  EXPECT_EQ(row.real(6), p.delta_low);
  EXPECT_EQ(row.real(7), p.confidence);
  for (const int unknown_yet : {8, 9, 10}) EXPECT_TRUE(row.is_null(unknown_yet));
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(row.real(11 + i), p.high_quantiles[static_cast<std::size_t>(i)]);
    EXPECT_EQ(row.real(20 + i), p.low_quantiles[static_cast<std::size_t>(i)]);
  }
}

TEST_F(sqlite_store_test, an_outcome_written_beside_a_signal_comes_with_it) {
  open();
  asker.put(store, put_log{{}, {signal_of("BTCUSDT", 6, monday)}});
  ASSERT_TRUE(raw()->exec("UPDATE signal_logs SET outcome = 'tp', pnl_r = 1.9, pnl_percent = 0.7"));
  const auto page = asker.ask<signal_page>(store, get_signals{});
  ASSERT_EQ(page.signals.size(), 1u);
  ASSERT_TRUE(page.signals[0].outcome.has_value());
  EXPECT_EQ(page.signals[0].outcome->outcome, "tp");
  EXPECT_EQ(page.signals[0].outcome->pnl_r, 1.9);
  EXPECT_EQ(page.signals[0].outcome->pnl_percent, 0.7);
}

TEST_F(sqlite_store_test, what_was_answered_is_there_after_a_kill) {
  open();
  asker.put(store, candles_of("BTCUSDT", 1000));
  asker.put(store, put_log{{}, {signal_of("BTCUSDT", 6, monday)}});
  const auto copy = folder.file("copy.db");
  fs::copy_file(path, copy); // as a killed process leaves it: nothing closed, much in the log
  fs::copy_file(path + "-wal", copy + "-wal");
  asker.end(store);
  path = copy;
  open();
  EXPECT_EQ(asker.all_candles(store, "BTCUSDT"), candles_of("BTCUSDT", 1000).candles);
  EXPECT_EQ(asker.ask<signal_page>(store, get_signals{}).total, 1u);
  EXPECT_EQ(asker.put(store, candles_of("BTCUSDT", 1001)).added, 1u);
}

TEST_F(sqlite_store_test, lists_and_servings_that_were_answered_are_there_after_a_kill) {
  open();
  const auto s = signal_of("BTCUSDT", 6, monday);
  const served_signal serving{"ann", s.id, s.symbol, s.created_at, monday};
  EXPECT_EQ(asker.ask<put_receipt>(store, swap_note{"watchlists:ann", "", "[1]"}).added, 1u);
  EXPECT_EQ(asker.put(store, put_log{{}, {s}, {serving}}).added, 2u);
  const auto copy = folder.file("copy.db");
  fs::copy_file(path, copy);
  fs::copy_file(path + "-wal", copy + "-wal");
  asker.end(store);
  path = copy;
  open();
  EXPECT_EQ(asker.ask<std::string>(store, get_note{"watchlists:ann"}), "[1]");
  get_signals own;
  own.served_to = "ann";
  EXPECT_EQ(asker.ask<signal_page>(store, own).signals.at(0).what.id, s.id);
}

TEST_F(sqlite_store_test, a_second_opener_is_refused_until_the_first_ends) {
  open();
  const auto error = why_not_opened(path);
  EXPECT_TRUE(contains(error, "in use by another process (pid " + std::to_string(::getpid())))
      << error;
  asker.end(store);
  open();
}

TEST_F(sqlite_store_test, a_newer_schema_is_refused_unchanged) {
  open();
  asker.end(store);
  ASSERT_TRUE(raw()->exec("INSERT INTO schema_version (version, name) VALUES (99, 'future')"));
  const auto error = why_not_opened(path);
  EXPECT_TRUE(contains(error, "has schema 99, newer than this program's 1")) << error;
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_migrate(path), 1);
  EXPECT_TRUE(contains(testing::internal::GetCapturedStderr(), "newer"));
  EXPECT_EQ(raw()->integer("SELECT max(version) FROM schema_version", 0), 99);
}

TEST_F(sqlite_store_test, migrate_makes_the_schema_once) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_migrate(path), 0);
  EXPECT_EQ(run_migrate(path), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            path + ": schema 0 -> 1\n" + path + ": schema 1 is current\n");
  EXPECT_EQ(newest_schema(), 1);
}

TEST_F(sqlite_store_test, another_programs_database_is_refused_unchanged) {
  ASSERT_TRUE(raw()->exec("CREATE TABLE schema_version (version INTEGER)"));
  const auto error = why_not_opened(path);
  EXPECT_TRUE(contains(error, "is another program's database")) << error;
  EXPECT_EQ(raw()->integer("SELECT count(*) FROM sqlite_master", 0), 1);
}

TEST_F(sqlite_store_test, a_file_that_is_no_database_is_refused) {
  std::ofstream{path} << std::string(8192, 'x');
  EXPECT_TRUE(contains(why_not_opened(path), path + ": file is not a database"));
}

TEST_F(sqlite_store_test, a_damaged_file_is_refused) {
  open();
  asker.put(store, candles_of("BTCUSDT", 1000));
  asker.end(store);
  const auto size = fs::file_size(path);
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(4096);
  file << std::string(size - 4096, '\xff');
  file.close();
  const auto error = why_not_opened(path);
  EXPECT_TRUE(contains(error, "malformed")) << error;
}

TEST_F(sqlite_store_test, damage_met_later_is_answered_and_outlived) {
  open();
  asker.put(store, candles_of("BTCUSDT", 20'000));
  asker.end(store);
  const auto db = raw();
  const auto root = db->integer("SELECT rootpage FROM sqlite_master WHERE name = 'candles'", 0);
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp((root - 1) * 4096);
  file << std::string(4096, '\xff');
  file.close();
  open();
  EXPECT_EQ(asker.refusal<std::vector<candle>>(store, get_candles{"BTCUSDT", 0, monday * 2, 9}),
            errc::store_unavailable);
  EXPECT_EQ(asker.refusal<put_receipt>(store, candles_of("BTCUSDT", 1)), errc::store_unavailable);
  EXPECT_EQ(asker.put(store, put_log{{}, {signal_of("BTCUSDT", 6, monday)}}).added, 1u);
}

TEST_F(sqlite_store_test, a_folder_without_rights_is_refused) {
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  {
    without_rights nobody;
    const auto error = why_not_opened(path);
    EXPECT_TRUE(contains(error, "Permission denied")) << error;
  }
  EXPECT_TRUE(contains(why_not_opened(folder.file("absent/market.db")), "No such file"));
}

TEST_F(sqlite_store_test, a_read_only_file_is_refused) {
  open();
  asker.end(store);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  ASSERT_EQ(::chmod((path + ".lock").c_str(), 0666), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0444), 0);
  without_rights nobody;
  const auto error = why_not_opened(path);
  EXPECT_TRUE(contains(error, "read-only") || contains(error, "readonly")) << error;
}

TEST_F(sqlite_store_test, a_full_disk_refuses_and_the_next_try_succeeds) {
  sqlite_store_options options;
  options.max_pages = 60;
  std::vector<std::string> told; // written by the store's thread before its answers
  options.report = [&](const std::string& words) { told.push_back(words); };
  open(options);
  asker.put(store, candles_of("BTCUSDT", 1000));
  const auto more = candles_of("ETHUSDT", 5000);
  EXPECT_EQ(asker.refusal<put_receipt>(store, more), errc::store_unavailable);
  EXPECT_EQ(asker.refusal<put_receipt>(store, more), errc::store_unavailable);
  EXPECT_TRUE(asker.all_candles(store, "ETHUSDT").empty());
  EXPECT_EQ(asker.all_candles(store, "BTCUSDT").size(), 1000u);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(contains(told[0], "disk is full")) << told[0];
  EXPECT_EQ(asker.put(store, candles_of("ETHUSDT", 10)).added, 10u);
  EXPECT_EQ(told.size(), 2u);
  const auto spans = asker.ask<std::vector<candle_span>>(store, get_spans{});
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[1].rows, 10u);
  // Deleting needs no room and makes some.
  EXPECT_EQ(asker.ask<std::uint64_t>(store, apply_retention{monday + 30 * day_ms, 1, 0, 0}), 1010u);
  EXPECT_EQ(asker.put(store, candles_of("SOLUSDT", 1000)).added, 1000u);
}

TEST_F(sqlite_store_test, a_file_held_by_another_program_refuses_and_recovers) {
  sqlite_store_options options;
  options.busy_timeout_ms = 1;
  open(options);
  auto other = raw();
  ASSERT_TRUE(other->exec("BEGIN IMMEDIATE"));
  EXPECT_EQ(asker.refusal<put_receipt>(store, candles_of("BTCUSDT", 1)), errc::store_unavailable);
  EXPECT_EQ(asker.refusal<std::uint64_t>(store, apply_retention{monday, 1, 1, 1}),
            errc::store_unavailable);
  ASSERT_TRUE(other->exec("COMMIT"));
  EXPECT_EQ(asker.put(store, candles_of("BTCUSDT", 1)).added, 1u);
}

TEST_F(sqlite_store_test, retention_counts_what_all_its_slices_deleted) {
  sqlite_store_options options;
  options.retention_slice_rows = 7;
  open(options);
  asker.put(store, candles_of("BTCUSDT", 50));
  asker.put(store, candles_of("ETHUSDT", 50));
  put_log log;
  for (int i = 0; i < 20; ++i)
    for (const auto horizon : horizons) {
      log.predictions.push_back(prediction_of("ETHUSDT", horizon, monday + i * base_interval_ms));
      log.signals.push_back(signal_of("ETHUSDT", horizon, monday + i * base_interval_ms));
    }
  asker.put(store, log);
  EXPECT_EQ(asker.ask<std::uint64_t>(store, apply_retention{monday + 9 * day_ms, 1, 1, 1}), 260u);
  EXPECT_EQ(asker.ask<signal_page>(store, get_signals{}).total, 0u);
  auto db = raw();
  EXPECT_EQ(db->integer("SELECT count(*) FROM candles", -1), 0);
  EXPECT_EQ(db->integer("SELECT count(*) FROM prediction_logs", -1), 0);
  EXPECT_EQ(db->integer("SELECT count(*) FROM signal_logs", -1), 0);
  EXPECT_EQ(db->integer("SELECT sum(candle_rows) FROM symbols", -1), 0);
}

TEST_F(sqlite_store_test, a_page_walks_an_index_that_covers_its_filters) {
  open();
  auto db = raw();
  auto plan = db->ask("EXPLAIN QUERY PLAN SELECT seq FROM signal_logs WHERE symbol_id = 1"
                      " AND (0 = 0 OR horizon = 0) AND ('' = '' OR type = '')"
                      " ORDER BY created_at DESC, seq DESC LIMIT 50");
  ASSERT_TRUE(plan.bind().step());
  EXPECT_TRUE(contains(plan.text(3), "COVERING INDEX signal_logs_by_symbol")) << plan.text(3);
}

} // namespace troupe
