// `troupe backtest`: strategies over history, through the very stream that speaks live, by models
// that had not seen it.
#include "models/backtest/backtest.hpp"
#include "http/codec_backtest.hpp"
#include "models/backtest/curve_svg.hpp"
#include "models/backtest/leak_check.hpp"
#include "runtime/commands/backtest_text.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/many_fits.hpp"
#include "runtime/commands/stored_candles.hpp"
#include "runtime/model_roles.hpp"
#include "runtime/strategies.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <utility>

namespace troupe {

namespace {

std::string read_day(const settings& s, const char* name, utc_ms& out) {
  const auto& text = s.text(name);
  if (text.empty() || parse_iso8601(text, out)) return "";
  return std::string{"--"} + name + " must be a day (YYYY-MM-DD)";
}

std::string read_strategies(const settings& s, std::vector<strategy>& out) {
  const auto& wanted = s.text("strategy").empty() ? s.text("signals.strategy") : s.text("strategy");
  if (wanted == "all")
    for (auto& known : s.strategies()) out.push_back(strategy_named(s, known.first));
  else if (s.strategies().count(wanted) > 0)
    out.push_back(strategy_named(s, wanted));
  else
    return "--strategy names no known strategy: " + wanted;
  return "";
}

std::string read_options(const settings& s, backtest_options& out) {
  auto error = read_strategies(s, out.strategies);
  if (error.empty()) error = read_day(s, "from", out.history.from);
  if (error.empty()) error = read_day(s, "to", out.history.to);
  out.history.horizon = static_cast<int>(s.integer("horizon"));
  if (error.empty() && horizon_index(out.history.horizon) < 0)
    error = "--horizon must be 6, 18, 36 or 72";
  out.history.blocks = static_cast<int>(s.integer("blocks"));
  out.history.train_candles = static_cast<std::size_t>(s.integer("train.days")) * 288;
  out.history.fill_limit = static_cast<std::uint32_t>(s.integer("market.fill-gap-candles"));
  out.costs.round_trip_bp = s.number("signals.cost-bp");
  out.random_runs = static_cast<std::uint32_t>(s.integer("random-runs"));
  out.seed = static_cast<std::uint64_t>(s.integer("seed"));
  return error;
}

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// The backtest of one symbol.
class backtest_run {
public:
  backtest_run(const settings& s, backtest_options options, const std::vector<candle>& candles)
      : settings_(s), options_(std::move(options)), candles_(candles),
        threads_(static_cast<std::size_t>(s.integer("train.workers"))) {}

  // Returns what went wrong, or "".
  std::string run() {
    auto error = load_models();
    if (!error.empty()) return error;
    auto plan = plan_history(candles_, options_.history);
    if (!plan.error.empty()) return plan.error;
    error = train(plan.blocks);
    if (!error.empty()) return error;
    score(plan.blocks);
    if (history_.closes.empty()) return "no close of the period could be judged: still warming up";
    const auto began = std::chrono::steady_clock::now();
    judged_ = judge_strategies(options_, candles_, history_, [this](auto count, auto& piece) {
      share_work(count, threads_, piece);
    });
    std::fprintf(stderr, "%s: judged and compared in %.2f s\n", options_.history.symbol.c_str(),
                 seconds_since(began));
    return settings_.flag("check-leaks") ? look_for_leaks(plan.blocks) : "";
  }

  const std::vector<judged_strategy>& judged() const { return judged_; }

private:
  std::string load_models() {
    if (!settings_.flag("in-sample")) return "";
    auto loaded = load_by_roles(models_folder(settings_), options_.history.symbol);
    for (auto& why : loaded.refused) std::fprintf(stderr, "%s\n", why.c_str());
    if (!loaded.champion)
      return "no models in " + models_folder(settings_) + "; `troupe train` makes them";
    options_.history.models = loaded.champion;
    std::fprintf(stderr,
                 "%s: IN SAMPLE: models %s learned from %s to %s; what they do there proves "
                 "nothing about what they are worth\n",
                 options_.history.symbol.c_str(), loaded.champion->version.c_str(),
                 to_iso8601(loaded.champion->train_from).substr(0, 10).c_str(),
                 to_iso8601(loaded.champion->train_to).substr(0, 10).c_str());
    return "";
  }

  std::string train(std::vector<history_block>& blocks) {
    if (options_.history.models) return "";
    progress_line progress{options_.history.symbol + ": training on what came before each block"};
    double done = 0;
    for (auto& block : blocks) {
      const double share = 1 / static_cast<double>(blocks.size());
      auto in_parallel = [&](const std::vector<fit_task>& tasks) {
        return run_all(tasks, threads_,
                       [&](double fitted) { progress.show(done + share * fitted * .99); });
      };
      const auto error = train_block(block, candles_, options_.history, in_parallel);
      if (!error.empty()) return error;
      done += share;
    }
    progress.show(1);
    return "";
  }

  void score(const std::vector<history_block>& blocks) {
    const auto began = std::chrono::steady_clock::now();
    const auto cpu_began = std::clock(); // a busy machine has less of it than time goes by
    std::vector<scored_history> parts(blocks.size());
    share_work(blocks.size(), threads_, [&](std::size_t i) {
      parts[i] = score_block(blocks[i], candles_, options_.history);
    });
    const double seconds = seconds_since(began);
    std::size_t folded = 0;
    for (auto& block : blocks) folded += block.to - block.lead;
    history_ = joined(std::move(parts));
    const double cpu = static_cast<double>(std::clock() - cpu_began) / CLOCKS_PER_SEC;
    std::fprintf(stderr,
                 "%s: %zu candles through stream and models in %.2f s, %.0f a second, %.0f a CPU "
                 "second\n",
                 options_.history.symbol.c_str(), folded, seconds,
                 static_cast<double>(folded) / seconds, static_cast<double>(folded) / cpu);
  }

  // A block that a cut runs through is trained and scored again without what came after the cut.
  std::string look_for_leaks(const std::vector<history_block>& blocks) {
    std::string error;
    const history_scorer scorer = [&](const std::vector<candle>& early) {
      auto block = *std::find_if(blocks.begin(), blocks.end(),
                                 [&](auto& b) { return early.size() <= b.to; });
      block.to = early.size();
      auto in_parallel = [&](const std::vector<fit_task>& tasks) {
        return run_all(tasks, threads_, [](double) {});
      };
      if (!options_.history.models && error.empty())
        error = train_block(block, early, options_.history, in_parallel);
      return error.empty() ? score_block(block, early, options_.history) : scored_history{};
    };
    const auto found = check_leaks(scorer, history_, options_.history.horizon, candles_,
                                   options_.history.models ? 20 : 3, options_.seed);
    if (!error.empty()) return error;
    std::fprintf(stderr,
                 "%s: cut short at %llu places, %llu closes scored again; area under the curve of "
                 "TP first %.3f long, %.3f short (%llu trades)\n",
                 options_.history.symbol.c_str(), static_cast<unsigned long long>(found.cuts),
                 static_cast<unsigned long long>(found.compared), found.auc_long, found.auc_short,
                 static_cast<unsigned long long>(found.judged));
    if (found.changed)
      return "LEAK: what was said at " + to_iso8601(*found.changed) + " knew what came after it";
    if (found.too_good()) return "LEAK: nothing honest tells winners from losers so well";
    std::fprintf(stderr, "%s: no leak found\n", options_.history.symbol.c_str());
    return "";
  }

  const settings& settings_;
  backtest_options options_;
  const std::vector<candle>& candles_;
  std::size_t threads_;
  scored_history history_;
  std::vector<judged_strategy> judged_;
};

void print(const settings& s, const std::vector<judged_strategy>& judged, bool first) {
  if (s.text("format") == "csv") {
    const auto text = trades_csv(judged);
    std::fputs(text.c_str() + (first ? 0 : text.find('\n') + 1), stdout);
    return;
  }
  if (s.text("format") == "table") {
    std::fputs(backtest_table(judged).c_str(), stdout);
    return;
  }
  for (const auto& one : judged) { // a document per line
    std::string text;
    append_backtest(text, one.report);
    std::puts(text.c_str());
  }
}

// `--svg=FILE`; with several symbols each has its own, its name before the file's.
std::string draw(const settings& s, const std::vector<judged_strategy>& judged, bool several) {
  const auto& r = judged.front().report;
  std::filesystem::path path{s.text("svg")};
  if (several) path.replace_filename(r.symbol + "-" + path.filename().string());
  std::vector<backtest_report> reports;
  for (auto& one : judged) reports.push_back(one.report);
  std::ofstream file{path};
  file << curve_svg(r.symbol + ", horizon " + std::to_string(r.horizon) + ", "
                        + to_iso8601(r.from).substr(0, 10) + " to " + to_iso8601(r.to).substr(0, 10)
                        + (s.flag("in-sample") ? ", in sample" : ""),
                    reports);
  file.close();
  return file ? "" : "cannot write " + path.string();
}

} // namespace

int backtest_strategies(const settings& s) {
  backtest_options options;
  work_candles candles;
  auto error = read_options(s, options);
  if (error.empty()) error = candles_to_work_on(s, candles);
  bool first = true;
  for (auto& [symbol, all] : candles.all) {
    if (!error.empty()) break;
    options.history.symbol = symbol;
    const auto whole = clean_history(symbol, *all);
    backtest_run run{s, options, whole};
    error = run.run();
    if (!run.judged().empty()) print(s, run.judged(), std::exchange(first, false));
    if (error.empty() && !s.text("svg").empty())
      error = draw(s, run.judged(), candles.all.size() > 1);
    if (!error.empty()) error = symbol + ": " + error;
  }
  if (error.empty()) return 0;
  std::fprintf(stderr, "troupe backtest: %s\n", error.c_str());
  return 1;
}

} // namespace troupe
