// `./dev bench coverage`: trains on the year before --from, replays --from to --to through the
// stream that runs live, and prints what it measured of itself on the way: coverage of the bands
// overall, in blocks of 30 days and in any 30 days in a row, errors against baselines, calibration
// of the odds. Exits 1 where coverage misses one point overall or five in a block.
#include "models/forecast/training.hpp"
#include "models/market/calendar.hpp"
#include "models/market/candle_gate.hpp"
#include "models/symbol_stream.hpp"
#include "runtime/kline_files.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

using namespace troupe;

namespace {

constexpr double most_overall = .01, most_in_30_days = .05;
constexpr utc_ms year = 365 * day_ms;

double figure(const model_scores& m, const std::string& name) {
  for (auto& [key, value] : m.figures)
    if (key == name) return value;
  return std::nan("");
}

bool is_range(const model_scores& m) { return m.name.find("-range-") != std::string::npos; }

int complain(const std::string& what) {
  std::fprintf(stderr, "bench_coverage: %s\n", what.c_str());
  return 2;
}

std::vector<candle> part(const std::vector<candle>& all, utc_ms from, utc_ms to) {
  std::vector<candle> out;
  for (auto& c : all)
    if (c.open_time >= from && c.open_time < to) out.push_back(c);
  return out;
}

model_set_ptr train_on(const symbol_name& symbol, std::vector<candle> candles, std::string& error) {
  const auto hours = calendar_for(symbol);
  const auto data = std::make_shared<const dataset>(
      make_dataset(symbol, std::move(candles), [hours](utc_ms last, utc_ms next) {
        return hours.scheduled_closure(last, next);
      }));
  training_options options;
  options.trained_at = data->candles.empty() ? 0 : data->candles.back().open_time;
  const auto plan = plan_training(data, options);
  error = plan.error;
  std::vector<fit_result> results;
  for (auto& task : plan.tasks) results.push_back(run(task));
  if (!error.empty()) return nullptr;
  auto whole = assemble(*data, std::move(results), options);
  error = whole.error;
  return whole.made.models;
}

struct promises {
  bool overall = true, blocks = true, always = true;
};

// Worst and best of stretches of 30 days; whether they stay within the bound.
bool print_span(const model_scores& m, const std::string& level, double promised,
                const std::string& stretches) {
  const double worst = figure(m, "coverage_" + level + "_worst_" + stretches),
               best = figure(m, "coverage_" + level + "_best_" + stretches);
  std::printf("  %.4f .. %.4f", worst, best);
  return promised - worst <= most_in_30_days && best - promised <= most_in_30_days;
}

bool print_level(const model_scores& m, const std::string& level, double promised, promises& kept) {
  const double covered = figure(m, "coverage_" + level);
  std::printf(" %8.4f", covered);
  kept.overall = kept.overall && std::abs(covered - promised) <= most_overall;
  kept.blocks = print_span(m, level, promised, "block") && kept.blocks;
  const bool here = print_span(m, level, promised, "30_days");
  std::printf(here ? " " : "!");
  return here;
}

promises print(const std::vector<model_scores>& scores) {
  promises kept;
  std::printf("%-23s %7s %7s %8s %8s %7s %8s %17s %18s %9s %17s %18s\n", "", "n", "MAE bp",
              "vs HAR", "vs ATR", "q50", "q80", "30-day blocks", "any 30 days", "q90",
              "30-day blocks", "any 30 days");
  for (auto& m : scores) {
    if (!is_range(m)) continue;
    std::printf("%-23s %7.0f %7.2f %+8.4f %+8.4f %7.4f", m.name.c_str(), figure(m, "n"),
                figure(m, "mae_median") * 1e4, figure(m, "skill_har"), figure(m, "skill_atr"),
                figure(m, "coverage_q50"));
    for (const auto& [level, promised] : {std::pair{"q80", .8}, std::pair{"q90", .9}})
      kept.always = print_level(m, level, promised, kept) && kept.always;
    std::printf("\n");
  }
  std::printf("\n%-23s %7s %8s %8s %12s %8s\n", "", "n", "came", "Brier", "vs base rate", "ECE");
  for (auto& m : scores)
    if (!is_range(m))
      std::printf("%-23s %7.0f %8.4f %8.4f %+12.4f %8.4f\n", m.name.c_str(), figure(m, "n"),
                  figure(m, "base_rate"), figure(m, "brier"), figure(m, "brier_skill"),
                  figure(m, "calibration_error"));
  return kept;
}

} // namespace

int main(int count, char** words) {
  if (count != 5) return complain("say SYMBOL FILE FROM TO (days, YYYY-MM-DD)");
  const symbol_name symbol = words[1];
  utc_ms from = 0, to = 0;
  if (!parse_iso8601(words[3], from) || !parse_iso8601(words[4], to)) return complain("no days");
  std::vector<candle> raw;
  const auto read = read_klines(words[2], [&](const candle& c) { raw.push_back(c); });
  if (const auto* failure = std::get_if<read_failure>(&read)) return complain(failure->message);
  const auto all = admitted(raw, candle_gate{calendar_for(symbol)});

  std::string error;
  const auto models = train_on(symbol, part(all, from - year, from), error);
  if (!error.empty()) return complain(error);

  stream_options options;
  options.rules.name = "none";
  options.score_days = static_cast<std::size_t>((to - from) / day_ms) + 1;
  symbol_stream stream{symbol, options};
  stream.use(models);
  const auto began = std::chrono::steady_clock::now();
  std::size_t candles = 0;
  for (auto& c : part(all, from - 30 * day_ms, to)) {
    stream.take(c);
    ++candles;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%s: learned from the year before %s; %zu candles in %.1f s, measured while they "
              "passed\n\n",
              symbol.c_str(), words[3], candles, took.count());
  const auto kept = print(stream.scores());
  const auto say = [](const char* what, bool yes) {
    std::printf("%s: %s\n", what, yes ? "yes" : "NO");
  };
  std::printf("\n");
  say("q80, q90 within 1 point overall", kept.overall);
  say("within 5 points in every block of 30 days", kept.blocks);
  say("within 5 points in any 30 days in a row (! where not)", kept.always);
  return kept.overall && kept.always ? 0 : 1;
}
