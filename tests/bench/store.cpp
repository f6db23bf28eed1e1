// `./dev bench store`: rows a second into the market's stores and the time of a question, SQLite
// and PostgreSQL in turns. Arguments: a folder (made; of interest is the disk it is on) and the
// address of an empty database.
#include "messages/time.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/stores/postgres/market_store.hpp"
#include "runtime/stores/sqlite_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace troupe;

namespace {

using steady = std::chrono::steady_clock;

constexpr utc_ms origin = 1704067200000;
constexpr int year = 365 * 288;
constexpr std::size_t piece = 5000; // as a symbol hands its history over
constexpr int many = 500;           // symbols of a market

std::string symbol_of(int i) { return "SYM" + std::to_string(1000 + i); }

candle candle_at(utc_ms time) {
  const double x = 100 + static_cast<double>(time / base_interval_ms % 9973) / 7;
  return {time, x, x * 1.01, x * 0.99, x * 1.001, x / 3};
}

put_candles candles_from(const symbol_name& symbol, int first, std::size_t count) {
  put_candles out{symbol, "bench", {}};
  for (std::size_t i = 0; i < count; ++i)
    out.candles.push_back(candle_at(origin + (first + static_cast<utc_ms>(i)) * base_interval_ms));
  return out;
}

void add_close(put_log& log, const symbol_name& symbol, int slot) {
  const auto time = origin + slot * base_interval_ms;
  for (const auto horizon : horizons) {
    prediction p;
    p.symbol = symbol;
    p.horizon = horizon;
    p.candle_time = time;
    p.current_price = 43250.5;
    p.delta_high = 0.1 + 0.2;
    for (std::size_t i = 0; i < p.high_quantiles.size(); ++i)
      p.high_quantiles[i] = p.low_quantiles[i] = 0.001 * static_cast<double>(i + 1) / 3;
    p.model_version = "20260105T000000-abcdef12";
    log.predictions.push_back(p);
  }
  for (const auto horizon : {6, 18}) {
    signal s;
    s.symbol = symbol;
    s.horizon = horizon;
    s.candle_time = time;
    s.created_at = time + base_interval_ms;
    s.type = slot % 7 == 0 ? signal_type::buy : signal_type::hold;
    s.odds = {{2, 0.3, 0.6, 0.1, 0.05, -0.07, 0.01}, {3, 0.2, 0.7, 0.1, 0.1, -0.1, 1.0 / 7}};
    s.amd_phase = "accumulation";
    s.reasons = {"margin not reached", "volatility too low"};
    s.strategy = "conservative_filter";
    s.model_version = "20260105T000000-abcdef12";
    s.model_hash = "abcdef1234567890";
    s.feature_hash = "0123456789abcdef";
    s.id = symbol + "-" + std::to_string(horizon) + "-" + std::to_string(time);
    log.signals.push_back(s);
  }
}

struct bench {
  caf::scoped_actor& self;
  store_actor store;
  const char* kind;
  int begun = 0; // the first slot that is free for the next round

  void answers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      self->receive([](const put_receipt&) {},
                    [&](const caf::error& e) {
                      std::printf("%s: %s\n", kind, self->system().render(e).c_str());
                      std::exit(1);
                    });
  }

  template<class Work>
  void rate(const char* what, double rows, Work work) {
    const auto start = steady::now();
    work();
    const auto seconds = std::chrono::duration<double>(steady::now() - start).count();
    std::printf("  %-9s %-44s %8.2f s %9.0f rows/s\n", kind, what, seconds, rows / seconds);
  }

  template<class Answer, class Question>
  void latency(const char* what, const Question& question, int count) {
    std::vector<double> ms;
    for (int i = 0; i < count; ++i) {
      const auto start = steady::now();
      self->request(store, caf::infinite, question)
          .receive([](const Answer&) {},
                   [&](caf::error& e) {
                     std::printf("%s: %s\n", kind, self->system().render(e).c_str());
                     std::exit(1);
                   });
      ms.push_back(std::chrono::duration<double, std::milli>(steady::now() - start).count());
    }
    std::sort(ms.begin(), ms.end());
    std::printf("  %-9s %-44s p50 %8.3f ms  p99 %8.3f ms\n", kind, what, ms[ms.size() / 2],
                ms[ms.size() * 99 / 100]);
  }

  // What a first start does: four symbols, each with one piece under way.
  void backfill() {
    rate("a year of 4 symbols, pieces of 5000", 4.0 * year, [&] {
      for (int at = 0; at < year; at += static_cast<int>(piece)) {
        const auto count = std::min(piece, static_cast<std::size_t>(year - at));
        for (int i = 0; i < 4; ++i)
          self->send(store, candles_from(symbol_of(begun * 4 + i), at, count));
        answers(4);
      }
    });
  }

  // What the close of a market-wide candle does.
  void closes(int count) {
    rate("closes of 500 symbols: candle, 4 pred., 2 sig.", 7.0 * many * count, [&] {
      for (int slot = 0; slot < count; ++slot) {
        for (int i = 0; i < many; ++i) {
          put_log log;
          const auto at = year + begun * count + slot;
          add_close(log, symbol_of(i), at);
          self->send(store, candles_from(symbol_of(i), at, 1));
          self->send(store, std::move(log));
        }
        answers(2 * many);
      }
    });
  }

  void bulk_log() {
    rate("logs in requests of 600 rows", 60'000, [&] {
      for (int request = 0; request < 100; ++request) {
        put_log log;
        for (int i = 0; i < 100; ++i)
          add_close(log, symbol_of(i), -1 - begun * 100 - request); // before all others
        self->send(store, std::move(log));
      }
      answers(100);
    });
  }

  void questions() {
    latency<std::vector<candle>>("newest 2016 candles",
                                 get_candles{symbol_of(0), 0, origin * 2, 2016}, 200);
    latency<std::vector<candle>>("a year of candles",
                                 get_candles{symbol_of(0), 0, origin * 2, year}, 5);
    latency<signal_page>("signals: first page of all", get_signals{}, 200);
    latency<signal_page>("signals: 50 at 20,000 of all", get_signals{{}, 0, {}, 50, 20'000}, 50);
    latency<signal_page>("signals: first page of a symbol's buys",
                         get_signals{symbol_of(7), 6, signal_type::buy, 50, 0}, 200);
    latency<std::vector<candle_span>>("spans of 500 symbols", get_spans{}, 50);
  }
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("usage: bench_store FOLDER [URL]"), 2;
  const std::string folder = argv[1];
  std::filesystem::create_directories(folder);
  actor_config config{2};
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto file = spawn_sqlite_store(system, folder + "/market.db");
  auto database = argc > 2 ? spawn_postgres_store(system, argv[2]) : spawned_store{};
  for (const auto* opened : {&file, &database})
    if (!opened->error.empty()) return std::puts(opened->error.c_str()), 1;
  std::vector<bench> all{{self, file.handle, "SQLite"}};
  if (database.handle) all.push_back({self, database.handle, "Postgres"});
  for (int round = 0; round < 3; ++round) {
    std::printf("round %d\n", round + 1);
    for (auto& b : all) b.backfill();
    for (auto& b : all) b.closes(20);
    for (auto& b : all) b.bulk_log();
    for (auto& b : all) ++b.begun;
  }
  std::puts("questions");
  for (auto& b : all) b.questions();
  for (auto& b : all) caf::anon_send_exit(b.store, caf::exit_reason::user_shutdown);
  return 0;
}
