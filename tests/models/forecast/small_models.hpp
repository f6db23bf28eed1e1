// A whole model set of a made-up market, small enough to be trained inside a test.
#pragma once
#include "models/forecast/training.hpp"
#include "models/simulated_market.hpp"

#include <memory>
#include <stdexcept>
#include <vector>

namespace troupe::tests {

inline std::vector<candle> simulated_candles(std::size_t count, std::uint64_t seed = 5) {
  simulated_market market(seed, "BTCUSDT", 1'700'000'100'000);
  std::vector<candle> out;
  while (out.size() < count) out.push_back(market.next());
  return out;
}

/// Trains everything on these candles; throws with the reason when that fails.
inline trained_models train_small(std::vector<candle> candles,
                                  const trained_models* previous = nullptr,
                                  std::vector<std::int32_t> only = {}) {
  training_options options;
  options.trained_at = candles.back().open_time + base_interval_ms;
  options.source = "simulated";
  options.tpsl = only.empty();
  options.horizons = std::move(only);
  const auto data = std::make_shared<const dataset>(make_dataset("BTCUSDT", std::move(candles)));
  const auto plan = plan_training(data, options);
  if (!plan.error.empty()) throw std::runtime_error(plan.error);
  std::vector<fit_result> results;
  for (const auto& task : plan.tasks) results.push_back(run(task));
  auto whole = assemble(*data, std::move(results), options, previous);
  if (!whole.error.empty()) throw std::runtime_error(whole.error);
  return std::move(whole.made);
}

/// 40 days, trained once per process.
inline const trained_models& small_models() {
  static const auto models = train_small(simulated_candles(40 * 288));
  return models;
}

/// Of the same 40 days, from one plan; the network learns for one round only.
inline const trained_models& small_models(model_kind kind) {
  static const auto kinds = {model_kind::har, model_kind::xgboost, model_kind::gru,
                             model_kind::ensemble};
  static const auto all = [] {
    const auto data =
        std::make_shared<const dataset>(make_dataset("BTCUSDT", simulated_candles(40 * 288)));
    training_options options;
    options.trained_at = data->candles.back().open_time + base_interval_ms;
    options.source = "simulated";
    options.network_rounds = 1;
    const auto plan = plan_training(data, options, kinds);
    std::vector<fit_result> results;
    for (const auto& task : plan.tasks) results.push_back(run(task));
    std::vector<trained_models> out;
    for (const auto one : kinds) {
      options.kind = one;
      auto whole = assemble(*data, results, options);
      if (!whole.error.empty()) throw std::runtime_error(whole.error);
      out.push_back(std::move(whole.made));
    }
    return out;
  }();
  return all[static_cast<std::size_t>(kind)];
}

} // namespace troupe::tests
