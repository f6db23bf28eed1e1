// `troupe train`: candles to a kept model set with its quality table, or, with --walk-forward, the
// measurement alone: blocks of test through time, each behind its year of training.
#include "models/backtest/history.hpp"
#include "models/forecast/comparison.hpp"
#include "models/forecast/quality_text.hpp"
#include "models/forecast/training.hpp"
#include "models/forecast/walk_forward.hpp"
#include "models/market/calendar.hpp"
#include "models/market/candle_gate.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/many_fits.hpp"
#include "runtime/commands/quality_table.hpp"
#include "runtime/commands/stored_candles.hpp"
#include "runtime/model_files.hpp"
#include "runtime/replay_files.hpp"
#include "runtime/strategies.hpp"
#include "runtime/wall.hpp"

#include <cstdio>
#include <utility>
#include <vector>

namespace troupe {

namespace {

std::string train_one(const settings& s, const symbol_name& symbol, std::vector<candle> candles,
                      bool simulated) {
  const auto most = static_cast<std::size_t>(s.integer("train.days")) * 288;
  if (candles.size() > most)
    candles.erase(candles.begin(), candles.end() - static_cast<std::ptrdiff_t>(most));
  const auto data = std::make_shared<const dataset>(
      make_dataset(symbol, std::move(candles), closures_of(symbol)));
  training_options options;
  options.trained_at = wall_now_ms();
  const auto kind = model_kind_of(s.text("kind"));
  if (!kind) return "--kind=all is a measurement: add --walk-forward, or name one kind";
  options.kind = *kind;
  options.network_rounds = static_cast<int>(s.integer("train.network-rounds"));
  options.source = simulated ? "simulated" : "market";
  const auto plan = plan_training(data, options);
  if (!plan.error.empty()) return plan.error;
  progress_line progress{symbol + ": training"};
  auto results = run_all(plan.tasks, static_cast<std::size_t>(s.integer("train.workers")),
                         [&](double share) { progress.show(share); });
  auto whole = assemble(*data, std::move(results), options);
  if (!whole.error.empty()) return whole.error;
  std::string error;
  auto kept = keep_trained_models(models_folder(s), whole.made, error);
  if (!kept) return error;
  std::fputs(quality_table(*kept).c_str(), stdout);
  return "";
}

/// A kind beside those it must beat, or all of them.
std::vector<model_kind> compared_kinds(const std::string& kind) {
  std::vector<model_kind> out{model_kind::har, model_kind::xgboost};
  if (const auto one = model_kind_of(kind)) {
    out.push_back(*one);
    return out;
  }
  out.insert(out.end(), {model_kind::gru, model_kind::ensemble});
  return out;
}

std::string measure(const settings& s, const symbol_name& symbol,
                    const std::vector<candle>& candles) {
  walk_options options;
  if (!parse_iso8601(s.text("from"), options.from) || !parse_iso8601(s.text("to"), options.to)
      || options.from >= options.to)
    return "--from and --to must be days (YYYY-MM-DD), the first before the second";
  options.blocks = static_cast<int>(s.integer("blocks"));
  options.network_rounds = static_cast<int>(s.integer("train.network-rounds"));
  options.train_candles = static_cast<std::size_t>(s.integer("train.days")) * 288;
  progress_line progress{symbol + ": walking forward"};
  const auto threads = static_cast<std::size_t>(s.integer("train.workers"));
  const fit_runner in_parallel = [&](const std::vector<fit_task>& tasks) {
    return run_all(tasks, threads, [](double) {});
  };
  const fit_progress show = [&](double share) { progress.show(share); };
  std::string error, text;
  if (s.text("kind") == "xgboost") {
    const auto found =
        walk_forward(symbol, candles, closures_of(symbol), options, in_parallel, show);
    error = found.error;
    text = to_text(found);
  } else {
    const auto found = compare_kinds(symbol, candles, closures_of(symbol), options,
                                     compared_kinds(s.text("kind")), in_parallel, show);
    error = found.error;
    text = to_text(found);
  }
  if (!error.empty()) return error;
  std::fputs(text.c_str(), stdout);
  return "";
}

} // namespace

int train_models(const settings& s) {
  work_candles candles;
  auto error = candles_to_work_on(s, candles);
  for (auto& [symbol, all] : candles.all) {
    if (!error.empty()) break;
    const auto fill_limit = static_cast<std::uint32_t>(s.integer("market.fill-gap-candles"));
    const auto whole = admitted(*all, candle_gate{calendar_for(symbol), fill_limit});
    error = s.flag("walk-forward")
        ? measure(s, symbol, whole)
        : train_one(s, symbol, whole, candles.simulated.count(symbol) > 0);
    if (!error.empty()) error = symbol + ": " + error;
  }
  if (error.empty()) return 0;
  std::fprintf(stderr, "troupe train: %s\n", error.c_str());
  return 1;
}

} // namespace troupe
