#include "models/backtest/backtest.hpp"

#include "models/backtest/random_entries.hpp"

#include <utility>

namespace troupe {

void run_pieces_in_turn(std::size_t count, const std::function<void(std::size_t)>& piece) {
  for (std::size_t i = 0; i < count; ++i) piece(i);
}

std::vector<judged_strategy> judge_strategies(const backtest_options& options,
                                              const std::vector<candle>& candles,
                                              const scored_history& history,
                                              const piece_runner& runner) {
  const auto& of = options.history;
  const auto hours = calendar_for(of.symbol);
  std::vector<judged_strategy> out(options.strategies.size());
  runner(out.size(), [&](std::size_t i) {
    auto made = simulate(options.strategies[i], options.costs, of.horizon, candles, history, hours);
    out[i].report = report_of(made, history);
    out[i].trades = std::move(made.trades);
  });
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto& one = out[i];
    std::vector<random_run> runs(one.trades.empty() ? 0 : options.random_runs);
    runner(runs.size(), [&](std::size_t run) {
      runs[run] = enter_at_random(one.trades, options.costs.round_trip_bp, of.horizon, candles,
                                  history, options.seed, static_cast<std::uint32_t>(run));
    });
    one.report.symbol = of.symbol;
    one.report.horizon = of.horizon;
    one.report.rules = options.strategies[i];
    one.report.costs = options.costs;
    one.report.random = compare(one.report.net_r, runs);
    seal(one.report, one.trades);
  }
  return out;
}

} // namespace troupe
