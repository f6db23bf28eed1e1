// `./dev bench backtest`: how fast history is judged. Candles through the live stream with models
// on one thread and on two, and strategies over scores that are there already. Kline lines come on
// standard input; without any a year of the simulated market is used.
#include "models/backtest/backtest.hpp"
#include "models/market/kline_line.hpp"
#include "models/simulated_market.hpp"

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>
#include <variant>

using namespace troupe;

namespace {

constexpr utc_ms origin = 1704067200000;

double wall_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Of the process: what a machine that does other things, too, cannot blur.
double cpu_s() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::vector<candle> read_candles() {
  std::vector<candle> out;
  for (std::string line; std::getline(std::cin, line);)
    if (const auto parsed = parse_kline(line); std::holds_alternative<candle>(parsed))
      out.push_back(std::get<candle>(parsed));
  simulated_market market{1, "BTCUSDT", origin};
  while (out.size() < 365 * 288) out.push_back(market.next());
  return out;
}

void on_threads(std::size_t threads, std::size_t count,
                const std::function<void(std::size_t)>& piece) {
  std::atomic<std::size_t> next{0};
  auto work = [&] {
    for (auto at = next++; at < count; at = next++) piece(at);
  };
  std::vector<std::thread> helpers;
  for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back(work);
  work();
  for (auto& h : helpers) h.join();
}

} // namespace

int main() {
  const auto candles = read_candles();
  backtest_options options;
  options.history.symbol = "BTCUSDT";
  options.history.blocks = 4;
  options.history.train_candles = 180 * 288;
  options.random_runs = 100;
  options.strategies = {{"conservative_filter", .2, 1, 2, false},
                        {"aggressive_filter", .05, 0, 0, false},
                        {"always_in", 0, 0, 0, true}};
  auto plan = plan_history(candles, options.history);
  if (!plan.error.empty()) return std::puts(plan.error.c_str()) < 0 ? 2 : 1;
  // One training serves all blocks: what they say is not the question here.
  const auto error = train_block(plan.blocks.front(), candles, options.history, run_in_turn);
  if (!error.empty()) return std::puts(error.c_str()) < 0 ? 2 : 1;
  for (auto& block : plan.blocks) block.models = plan.blocks.front().models;

  scored_history history;
  std::string hash;
  for (const std::size_t threads : {1u, 2u, 1u, 2u}) {
    std::vector<scored_history> parts(plan.blocks.size());
    std::size_t folded = 0;
    for (auto& b : plan.blocks) folded += b.to - b.lead;
    const double wall = wall_s(), cpu = cpu_s();
    on_threads(threads, parts.size(), [&](std::size_t i) {
      parts[i] = score_block(plan.blocks[i], candles, options.history);
    });
    const double took = wall_s() - wall, used = cpu_s() - cpu;
    std::printf(
        "stream and models, %zu thread%s  %9.0f candles/s by the wall, %9.0f per CPU second\n",
        threads, threads == 1 ? " " : "s", double(folded) / took, double(folded) / used);
    history = joined(std::move(parts));
    const auto judged = judge_strategies(options, candles, history, [&](auto count, auto& piece) {
      on_threads(threads, count, piece);
    });
    if (hash.empty()) hash = judged[2].report.result_hash;
    if (hash != judged[2].report.result_hash) return std::puts("another result hash") < 0 ? 2 : 1;
  }
  const auto hours = calendar_for("BTCUSDT");
  for (const auto& rules : options.strategies) {
    const double cpu = cpu_s();
    const auto made =
        simulate(rules, options.costs, options.history.horizon, candles, history, hours);
    const double used = cpu_s() - cpu;
    std::printf("%-22s over scores  %9.0f closes per CPU second, %zu trades\n", rules.name.c_str(),
                double(history.closes.size()) / used, made.trades.size());
  }
  std::printf("result of always_in: %s, four times\n", hash.c_str());
}
