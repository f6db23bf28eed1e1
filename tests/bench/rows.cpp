// `./dev bench rows`: what one candle costs inside one symbol, single thread, no actors: indicators
// with features, the eight range models of one row, everything that is said at a close.
#include "models/features.hpp"
#include "models/forecast/forecaster.hpp"
#include "models/forecast/training.hpp"
#include "models/indicators.hpp"
#include "models/simulated_market.hpp"
#include "models/symbol_stream.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace troupe;

namespace {

constexpr utc_ms origin = 1704067200000;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::vector<candle> candles(int count) {
  std::vector<candle> out;
  simulated_market market{1, "BTCUSDT", origin};
  for (int i = 0; i < count; ++i) out.push_back(market.next());
  return out;
}

void print(const char* what, std::vector<std::int64_t> ns) {
  std::sort(ns.begin(), ns.end());
  auto at = [&](double q) {
    return double(ns[static_cast<std::size_t>(q * double(ns.size() - 1))]);
  };
  std::printf("%-40s p50 %7.2f us  p99 %7.2f us  p99.9 %7.2f us  (n %zu)\n", what, at(.5) / 1e3,
              at(.99) / 1e3, at(.999) / 1e3, ns.size());
}

} // namespace

int main() {
  const auto all = candles(365 * 288);
  indicators shown;
  feature_builder features;
  auto began = now_ns();
  for (auto& c : all) {
    shown.push(c);
    features.push(c);
  }
  std::printf("%-40s %.0f ns a candle\n", "indicators and features",
              double(now_ns() - began) / double(all.size()));

  auto data = std::make_shared<const dataset>(make_dataset("BTCUSDT", all));
  training_options options;
  options.trained_at = origin;
  options.network_rounds = 1; // its speed does not depend on what it knows
  auto plan = plan_training(data, options, {model_kind::xgboost, model_kind::ensemble});
  std::vector<fit_result> results;
  began = now_ns();
  double range_s = 0, network_s = 0;
  for (auto& task : plan.tasks) {
    const auto start = now_ns();
    results.push_back(run(task));
    if (task.what == fit_kind::range_trees) range_s += double(now_ns() - start) * 1e-9;
    if (task.what == fit_kind::network) network_s += double(now_ns() - start) * 1e-9;
  }
  std::printf("%-40s 8 range models %.1f s, all %zu fits %.1f s (one thread)\n",
              "training on a year", range_s, plan.tasks.size(), double(now_ns() - began) * 1e-9);
  std::printf("%-40s %.1f s (one thread, twice, watched rows included)\n",
              "a round of a network's training", network_s);
  auto made = assemble(*data, results, options);
  options.kind = model_kind::ensemble;
  auto mixed = assemble(*data, std::move(results), options);
  if (!made.error.empty()) return std::puts(made.error.c_str()) < 0 ? 2 : 1;
  if (!mixed.error.empty()) return std::puts(mixed.error.c_str()) < 0 ? 2 : 1;

  forecaster speaks;
  speaks.use(made.made.models);
  features.restart();
  std::vector<std::int64_t> steps;
  for (auto& c : all) {
    features.push(c);
    const auto start = now_ns();
    speaks.step(c, features);
    if (features.ready()) steps.push_back(now_ns() - start);
  }
  print("one row, 8 range models and their bands", std::move(steps));

  forecaster with_network;
  with_network.use(mixed.made.models);
  features.restart();
  steps.clear();
  for (auto& c : all) {
    features.push(c);
    const auto start = now_ns();
    with_network.step(c, features);
    if (features.ready()) steps.push_back(now_ns() - start);
  }
  print("the same with a network in an ensemble", std::move(steps));

  stream_options rules;
  rules.rules = {"conservative_filter", .2, 1, 2, false};
  symbol_stream stream{"BTCUSDT", rules};
  stream.use(made.made.models);
  std::vector<std::int64_t> closes;
  double sum = 0;
  began = now_ns();
  for (auto& c : all) {
    const auto start = now_ns();
    stream.take(c);
    const auto said = stream.say();
    closes.push_back(now_ns() - start);
    for (auto& s : said.signals) sum += s.expected_net_r;
  }
  std::printf("%-40s %.0f candles/s (checksum %.6f)\n", "candle to predictions and signals",
              double(all.size()) / (double(now_ns() - began) * 1e-9), sum);
  print("candle to predictions and signals", std::move(closes));
}
