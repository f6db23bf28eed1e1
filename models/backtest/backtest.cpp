#include "models/backtest/backtest.hpp"

#include "models/backtest/random_entries.hpp"

#include <stdexcept>
#include <utility>

namespace troupe {

namespace {

// Shares of a whole walk, roughly by time.
constexpr double trained_share = .95, scored_share = .99;

struct stopped : std::runtime_error {
  stopped() : std::runtime_error{"stopped"} {}
};

std::string train_all(std::vector<history_block>& blocks, const std::vector<candle>& candles,
                      const history_options& options, const backtest_progress& progress) {
  const auto count = static_cast<double>(blocks.size());
  double block_at = 0;
  const fit_runner runner = [&](const std::vector<fit_task>& tasks) {
    std::vector<fit_result> results;
    for (const auto& task : tasks) {
      const auto done = static_cast<double>(results.size());
      results.push_back(run(task, [&](double share) {
        const double of_block = (done + share) / static_cast<double>(tasks.size());
        if (!progress(trained_share * (block_at + of_block) / count, "trains on what came before"))
          throw stopped{};
      }));
      if (!results.back().error.empty()) break; // nothing is made of the rest
    }
    return results;
  };
  for (auto& block : blocks) {
    auto error = train_block(block, candles, options, runner);
    if (!error.empty()) return error;
    ++block_at;
  }
  return "";
}

} // namespace

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

backtest_outcome run_backtest(const backtest_options& options, const std::vector<candle>& raw,
                              const backtest_progress& progress) {
  backtest_outcome out;
  const auto& of = options.history;
  const auto candles = clean_history(of.symbol, raw);
  auto plan = plan_history(candles, of);
  out.error = std::move(plan.error);
  if (out.error.empty() && !of.models) out.error = train_all(plan.blocks, candles, of, progress);
  if (!out.error.empty()) return out;
  if (!progress(trained_share, "scores history")) return {"stopped", {}};
  std::vector<scored_history> parts;
  for (const auto& block : plan.blocks) parts.push_back(score_block(block, candles, of));
  const auto history = joined(std::move(parts));
  if (history.closes.empty()) return {"no close of the period can be judged: still warming up", {}};
  if (!progress(scored_share, "judges the strategy")) return {"stopped", {}};
  out.judged = judge_strategies(options, candles, history, run_pieces_in_turn);
  return out;
}

} // namespace troupe
