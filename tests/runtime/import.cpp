#include "runtime/commands/import.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <unistd.h>

using namespace troupe;
namespace fs = std::filesystem;

namespace {

constexpr utc_ms start = 1704067200000;

/// What a store was told; read when run_import has returned.
struct told {
  std::map<symbol_name, std::map<utc_ms, candle>> kept;
  std::size_t largest_batch = 0, messages = 0, refuse_from = 1000;
  std::string source;
};

store_actor::behavior_type memory_store(store_actor::pointer, std::shared_ptr<told> t) {
  const auto nothing = caf::make_error(errc::store_unavailable);
  return {
      [=](const put_candles& put) -> caf::result<put_receipt> {
        if (++t->messages >= t->refuse_from) return nothing;
        t->largest_batch = std::max(t->largest_batch, put.candles.size());
        t->source = put.source;
        put_receipt receipt;
        for (const auto& c : put.candles)
          ++(t->kept[put.symbol].emplace(c.open_time, c).second ? receipt.added : receipt.repeated);
        return receipt;
      },
      [=](const put_log&) -> caf::result<put_receipt> { return nothing; },
      [=](const get_candles&) -> caf::result<std::vector<candle>> { return nothing; },
      [=](const get_signals&) -> caf::result<signal_page> { return nothing; },
      [=](const get_open_rows&) -> caf::result<open_rows> { return nothing; },
      [=](const get_spans&) -> caf::result<std::vector<candle_span>> { return nothing; },
      [=](const apply_retention&) -> caf::result<std::uint64_t> { return nothing; },
      [=](const put_note&) -> caf::result<put_receipt> { return nothing; },
      [=](const swap_note&) -> caf::result<put_receipt> { return nothing; },
      [=](const get_note&) -> caf::result<std::string> { return nothing; },
      [=](const get_store_status&) -> caf::result<store_status> { return nothing; },
      [](caf::flush_atom) {},
  };
}

struct config : caf::actor_system_config {
  config() {
    add_message_types<caf::id_block::troupe>();
    set("scheduler.max-threads", 2);
    set("scheduler.policy", caf::atom("sharing"));
    add_error_category(caf::atom("troupe"),
                       [](std::uint8_t code, caf::atom_value, const caf::message&) {
                         return to_string(static_cast<errc>(code));
                       });
  }
};

struct import_command : testing::Test {
  fs::path folder = fs::temp_directory_path() / ("troupe-import-" + std::to_string(::getpid()));
  config settings;
  caf::actor_system system{settings};
  std::shared_ptr<told> store_was = std::make_shared<told>();
  store_actor store = system.spawn(memory_store, store_was);
  std::string report, errors;

  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override {
    caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
    fs::remove_all(folder);
  }

  fs::path file(const std::string& name, int rows, const std::string& rest = {}) {
    std::ofstream out{folder / name};
    for (int i = 0; i < rows; ++i) out << start + i * base_interval_ms << ",1,2,1,2,5\n";
    out << rest;
    return folder / name;
  }

  int run(std::vector<fs::path> files, std::optional<symbol_name> symbol = {},
          bool terminal = false) {
    std::ostringstream r, e;
    const int code =
        run_import(system, store, {std::move(files), std::move(symbol)}, {r, e, terminal});
    report = r.str();
    errors = e.str();
    return code;
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

} // namespace

TEST_F(import_command, the_symbol_is_read_from_the_name_when_it_is_one) {
  EXPECT_EQ(symbol_of_file("x/BTCUSDT-5m-2024-01.zip"), "BTCUSDT");
  EXPECT_EQ(symbol_of_file("EURUSD_M5.csv"), "EURUSD");
  EXPECT_FALSE(symbol_of_file("btcusdt-5m.csv"));
  EXPECT_FALSE(symbol_of_file("BTCUSDT.csv"));
  EXPECT_FALSE(symbol_of_file("-.csv"));
}

TEST_F(import_command, every_candle_reaches_the_store_in_bounded_batches) {
  EXPECT_EQ(run({file("BTCUSDT-5m.csv", 12001)}), 0);
  EXPECT_EQ(store_was->kept["BTCUSDT"].size(), 12001u);
  EXPECT_EQ(store_was->largest_batch, 5000u);
  EXPECT_EQ(store_was->messages, 3u);
  EXPECT_EQ(store_was->source, "import");
  EXPECT_TRUE(has(report, "BTCUSDT, 12001 rows, 12001 added, 0 already there")) << report;
  EXPECT_TRUE(has(report, "from 2024-01-01T00:00:00.000Z to 2024-02-11T16:00:00.000Z")) << report;
  EXPECT_EQ(errors, "");
}

TEST_F(import_command, a_second_import_adds_nothing) {
  const auto path = file("BTCUSDT-5m.csv", 100);
  run({path});
  EXPECT_EQ(run({path}), 0);
  EXPECT_TRUE(has(report, "100 rows, 0 added, 100 already there")) << report;
}

TEST_F(import_command, bad_rows_are_reported_with_their_lines_and_fail_nothing) {
  std::string bad;
  for (int i = 0; i < 23; ++i) bad += "bad\n";
  EXPECT_EQ(run({file("BTCUSDT-5m.csv", 2, std::to_string(start) + ",1,2,1,2,5\n" + bad)}), 0);
  EXPECT_TRUE(has(report, "1 identical duplicate, 0 conflicting duplicates")) << report;
  EXPECT_TRUE(has(report, "23 bad rows\n  line 4: 1 column instead of 6 or more\n")) << report;
  EXPECT_TRUE(has(report, "  and 3 more\n")) << report;
}

TEST_F(import_command, a_given_symbol_goes_before_the_name) {
  EXPECT_EQ(run({file("history.csv", 3)}, "ETHUSDT"), 0);
  EXPECT_EQ(store_was->kept["ETHUSDT"].size(), 3u);
}

TEST_F(import_command, without_a_symbol_nothing_is_read) {
  EXPECT_EQ(run({file("BTCUSDT-5m.csv", 3), file("history.csv", 3)}), 1);
  EXPECT_TRUE(has(errors, "history.csv: the name does not start with a symbol")) << errors;
  EXPECT_EQ(run({file("BTCUSDT-5m.csv", 3)}, "eth"), 1);
  EXPECT_EQ(run({}), 1);
  EXPECT_EQ(store_was->messages, 0u);
}

TEST_F(import_command, an_unreadable_file_is_one_line_and_the_others_are_imported) {
  EXPECT_EQ(run({folder / "ETHUSDT-none.csv", file("BTCUSDT-5m.csv", 3)}), 1);
  EXPECT_EQ(errors, "error: " + (folder / "ETHUSDT-none.csv").string() + ": does not exist\n");
  EXPECT_EQ(store_was->kept["BTCUSDT"].size(), 3u);
}

TEST_F(import_command, a_store_that_refuses_ends_it) {
  store_was->refuse_from = 2;
  EXPECT_EQ(run({file("BTCUSDT-5m.csv", 12000), file("ETHUSDT-5m.csv", 3)}), 1);
  EXPECT_TRUE(has(errors, "the store refused: STORE_UNAVAILABLE")) << errors;
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1);
  EXPECT_EQ(store_was->messages, 2u);
}

TEST_F(import_command, progress_is_redrawn_on_a_terminal_and_a_line_now_and_then_elsewhere) {
  const auto path = file("BTCUSDT-5m.csv", 500'001);
  run({path});
  EXPECT_EQ(errors, "BTCUSDT-5m.csv: 500000 rows\n");
  run({path}, {}, true);
  EXPECT_TRUE(has(errors, "\rBTCUSDT-5m.csv: 5000 rows\rBTCUSDT-5m.csv: 10000 rows"));
  EXPECT_EQ(errors.substr(errors.size() - 4), "\r\x1b[K");
}
