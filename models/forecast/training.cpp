#include "models/forecast/training.hpp"

#include "models/forecast/fits.hpp"

#include <algorithm>

namespace troupe {
namespace {

constexpr std::size_t golden_rows = 16;
constexpr std::size_t tpsl_models = 4;

bool wanted(const training_options& options, int horizon) {
  const auto& list = options.horizons;
  return list.empty() || std::find(list.begin(), list.end(), horizon) != list.end();
}

std::string range_name(const symbol_name& symbol, std::size_t index) {
  return symbol + "-range-" + std::to_string(horizons[index / 2])
      + (index % 2 == 0 ? "-high" : "-low");
}

std::string tpsl_name(const symbol_name& symbol, std::size_t index) {
  return symbol + "-tpsl-rr" + std::to_string(2 + index % 2)
      + (index / 2 == 0 ? "-long" : "-short");
}

bool starts_with(const std::string& text, const std::string& head) {
  return text.compare(0, head.size(), head) == 0;
}

std::vector<golden_row> pick_golden(const dataset& data) {
  std::vector<golden_row> out;
  for (std::size_t i = 0; i < golden_rows; ++i) {
    const auto& s = data.samples[data.samples.size() * (2 * i + 1) / (2 * golden_rows)];
    golden_row row;
    row.features = s.features;
    row.har = s.har;
    row.stop_in_sigma = 1.5 + .5 * static_cast<double>(i);
    out.push_back(row);
  }
  return out;
}

/// The models that were not fitted anew, their boosters and figures included.
void borrow(const trained_models& previous, model_set& set, trained_models& made) {
  const auto lend = [&](const std::string& full_name) {
    const auto name = full_name.substr(set.symbol.size() + 1);
    for (const auto& b : previous.boosters)
      if (b.first == name || starts_with(b.first, name + "-")) made.boosters.push_back(b);
    for (const auto& info : previous.models->infos)
      if (info.name == full_name) set.infos.push_back(info);
  };
  for (std::size_t i = 0; i < set.ranges.size(); ++i)
    if (!set.ranges[i]) {
      set.ranges[i] = previous.models->ranges[i];
      lend(range_name(set.symbol, i));
    }
  for (std::size_t i = 0; i < set.tpsl.size(); ++i)
    if (!set.tpsl[i]) {
      set.tpsl[i] = previous.models->tpsl[i];
      lend(tpsl_name(set.symbol, i));
    }
}

bool complete(const model_set& set) {
  const auto there = [](const auto& model) { return model != nullptr; };
  return std::all_of(set.ranges.begin(), set.ranges.end(), there)
      && std::all_of(set.tpsl.begin(), set.tpsl.end(), there);
}

/// Takes the results in; the first error, if any.
std::string take(std::vector<fit_result>& results, model_set& set, trained_models& made) {
  for (auto& r : results) {
    if (!r.error.empty()) return r.error;
    if (r.is_range)
      set.ranges.at(r.index) = r.range;
    else
      set.tpsl.at(r.index) = r.tpsl;
    for (auto& b : r.boosters) made.boosters.push_back(std::move(b));
    r.info.trained_at = set.trained_at;
    r.info.source = set.source;
    set.infos.push_back(std::move(r.info));
  }
  return {};
}

} // namespace

checked_booster fit_checked(const booster_parameters& parameters, const labelled_rows& train,
                            const labelled_rows& watched,
                            const std::vector<std::string_view>& names) {
  auto fitted = fit_booster(parameters, train, watched, names);
  checked_booster out{std::move(fitted.bytes), std::move(fitted.error), {}};
  if (!out.error.empty()) return out;
  if (const auto stored = read_booster(out.bytes, out.error))
    out.trees = tree_ensemble::make(*stored, train.columns, out.error);
  return out;
}

training_plan plan_training(std::shared_ptr<const dataset> data, const training_options& options) {
  training_plan plan;
  if (data->candles.size() < least_training_candles
      || data->samples.size() < least_training_candles / 2) {
    plan.error = data->symbol + ": " + std::to_string(data->candles.size())
        + " candles are too few to learn from; 30 days without a gap ("
        + std::to_string(least_training_candles) + ") are needed";
    return plan;
  }
  for (std::size_t i = 0; i < 2 * horizons.size(); ++i)
    if (wanted(options, horizons[i / 2]))
      plan.tasks.push_back({range_name(data->symbol, i), data, true, i});
  for (std::size_t i = 0; i < tpsl_models && options.tpsl; ++i)
    plan.tasks.push_back({tpsl_name(data->symbol, i), data, false, i});
  return plan;
}

fit_result run(const fit_task& task, const fit_progress& progress) {
  try {
    auto out = task.is_range ? fit_range(task, progress) : fit_tpsl(task, progress);
    if (!out.error.empty()) out.error = task.name + ": " + out.error;
    out.info.symbol = task.data->symbol;
    return out;
  } catch (const std::exception& e) {
    fit_result failed;
    failed.error = task.name + ": " + e.what();
    return failed;
  }
}

assembled assemble(const dataset& data, std::vector<fit_result> results,
                   const training_options& options, const trained_models* previous) {
  assembled out;
  auto set = std::make_shared<model_set>();
  set->symbol = data.symbol;
  set->source = options.source;
  set->feature_hash = feature_hash();
  set->trained_at = options.trained_at;
  set->train_from = data.candles.empty() ? 0 : data.candles.front().open_time;
  set->train_to = data.candles.empty() ? 0 : data.candles.back().open_time;
  set->rows = data.samples.size();
  set->ranges.resize(2 * horizons.size());
  set->tpsl.resize(tpsl_models);
  out.error = take(results, *set, out.made);
  if (!out.error.empty()) return out;
  if (previous && previous->models && previous->models->feature_hash == set->feature_hash)
    borrow(*previous, *set, out.made);
  if (!complete(*set)) {
    out.error = data.symbol + ": no earlier version has the models that were not trained";
    return out;
  }
  set->model_hash = hash_of(*set);
  set->version = version_of(set->trained_at, set->model_hash);
  for (auto& info : set->infos) {
    info.version = set->version;
    info.state = "serving";
  }
  std::sort(set->infos.begin(), set->infos.end(), [](auto& a, auto& b) { return a.name < b.name; });
  out.made.golden = pick_golden(data);
  out.made.models = std::move(set);
  return out;
}

} // namespace troupe
