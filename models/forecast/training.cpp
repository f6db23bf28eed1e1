#include "models/forecast/training.hpp"

#include "models/forecast/fits.hpp"
#include "models/forecast/held_out.hpp"

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

bool looks(model_kind kind) { return kind == model_kind::gru || kind == model_kind::ensemble; }
bool grows(model_kind kind) { return kind != model_kind::gru; }

std::vector<golden_row> pick_golden(const dataset& data, const model_set& set) {
  std::vector<golden_row> out;
  const auto steps = set.network ? steps_of(data.candles) : std::vector<window_step>{};
  for (std::size_t i = 0; i < golden_rows; ++i) {
    const auto& s = data.samples[data.samples.size() * (2 * i + 1) / (2 * golden_rows)];
    golden_row row;
    row.features = s.features;
    row.har = s.har;
    if (set.network)
      row.seen = {window_of(&steps[s.at + 1 - window_steps], s.har), context_of(s.features, s.har)};
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

/// Of one horizon and side: what each member made of it.
struct members {
  const fitted_range *trees = nullptr, *network = nullptr;
};

/// The range model of a kind out of its members, judged; null when one is missing.
std::shared_ptr<const range_model> range_of(const dataset& data, std::size_t index, model_kind kind,
                                            const members& of, model_info& info) {
  const auto* base = grows(kind) && of.trees ? of.trees : of.network;
  if (!base || (kind == model_kind::xgboost && !of.trees) || (looks(kind) && !of.network)
      || (kind == model_kind::ensemble && !of.trees))
    return nullptr;
  const auto rows = rows_of(data, index);
  auto model = std::make_shared<range_model>(base->model);
  held_out held = base->held;
  if (kind == model_kind::ensemble)
    held = mix_held_out(rows, of.trees->held, of.network->held, model->weights);
  if (kind == model_kind::har) {
    model->weights = {1, 0, 0};
    model->trees = {};
    std::fill(held.corrections.begin(), held.corrections.end(), 1);
  }
  info.metrics = judge_held_out(rows, held, *model);
  if (kind == model_kind::ensemble) {
    info.metrics.emplace_back("weight_har", model->weights.har);
    info.metrics.emplace_back("weight_xgboost", model->weights.trees);
    info.metrics.emplace_back("weight_gru", model->weights.network);
  }
  info.name = range_name(data.symbol, index);
  info.kind = "range";
  info.horizon = model->horizon;
  info.rows = rows.size();
  return model;
}

/// Takes the results in; the first error, if any.
std::string take(const dataset& data, model_kind kind, std::vector<fit_result>& results,
                 model_set& set, trained_models& made) {
  std::array<members, 2 * horizons.size()> ranges{};
  for (auto& r : results) {
    if (!r.error.empty()) return r.error;
    for (const auto& range : r.ranges) {
      auto& of = ranges.at(range->index);
      (r.what == fit_kind::network ? of.network : of.trees) = range.get();
    }
    if (r.what == fit_kind::network && looks(kind)) set.network = r.network;
    if (r.what == fit_kind::tpsl) {
      set.tpsl.at(r.index) = r.tpsl;
      set.infos.push_back(std::move(r.info));
    }
    const bool kept =
        r.what == fit_kind::tpsl || (kind == model_kind::xgboost || kind == model_kind::ensemble);
    for (auto& b : r.boosters)
      if (kept) made.boosters.push_back(std::move(b));
  }
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    model_info info;
    set.ranges[i] = range_of(data, i, kind, ranges[i], info);
    if (set.ranges[i]) set.infos.push_back(std::move(info));
  }
  for (auto& info : set.infos) {
    info.symbol = set.symbol;
    info.trained_at = set.trained_at;
    info.source = set.source;
  }
  return {};
}

} // namespace

checked_booster fit_checked(const booster_parameters& parameters, const labelled_rows& train,
                            const labelled_rows& watched,
                            const std::vector<std::string_view>& names) {
  auto fitted = fit_booster(parameters, train, watched, names);
  checked_booster out{std::move(fitted.bytes), std::move(fitted.error), fitted.rounds, {}};
  if (!out.error.empty()) return out;
  if (const auto stored = read_booster(out.bytes, out.error))
    out.trees = tree_ensemble::make(*stored, train.columns, out.error);
  return out;
}

training_plan plan_training(std::shared_ptr<const dataset> data, const training_options& options) {
  return plan_training(std::move(data), options, {options.kind});
}

training_plan plan_training(std::shared_ptr<const dataset> data, const training_options& options,
                            const std::vector<model_kind>& kinds) {
  training_plan plan;
  if (data->candles.size() < least_training_candles
      || data->samples.size() < least_training_candles / 2) {
    plan.error = data->symbol + ": " + std::to_string(data->candles.size())
        + " candles are too few to learn from; 30 days without a gap ("
        + std::to_string(least_training_candles) + ") are needed";
    return plan;
  }
  const bool network = std::any_of(kinds.begin(), kinds.end(), looks);
  const bool trees = std::any_of(kinds.begin(), kinds.end(), grows);
  // The longest first, so that no worker is left waiting for it at the end.
  if (network)
    plan.tasks.push_back(
        {data->symbol + "-network", data, fit_kind::network, 0, options.network_rounds});
  for (std::size_t i = 0; i < 2 * horizons.size() && trees; ++i)
    if (network || wanted(options, horizons[i / 2]))
      plan.tasks.push_back({range_name(data->symbol, i), data, fit_kind::range_trees, i, 0});
  for (std::size_t i = 0; i < tpsl_models && options.tpsl; ++i)
    plan.tasks.push_back({tpsl_name(data->symbol, i), data, fit_kind::tpsl, i, 0});
  return plan;
}

fit_result run(const fit_task& task, const fit_progress& progress) {
  try {
    auto out = task.what == fit_kind::tpsl ? fit_tpsl(task, progress)
        : task.what == fit_kind::network   ? fit_network(task, progress)
                                           : fit_range(task, progress);
    if (!out.error.empty()) out.error = task.name + ": " + out.error;
    out.what = task.what;
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
  set->kind = options.kind;
  set->source = options.source;
  set->feature_hash = feature_hash();
  set->trained_at = options.trained_at;
  set->train_from = data.candles.empty() ? 0 : data.candles.front().open_time;
  set->train_to = data.candles.empty() ? 0 : data.candles.back().open_time;
  set->rows = data.samples.size();
  set->ranges.resize(2 * horizons.size());
  set->tpsl.resize(tpsl_models);
  out.error = take(data, options.kind, results, *set, out.made);
  if (!out.error.empty()) return out;
  if (previous && previous->models && previous->models->feature_hash == set->feature_hash
      && previous->models->kind == set->kind && !set->network)
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
  out.made.golden = pick_golden(data, *set);
  out.made.models = std::move(set);
  return out;
}

} // namespace troupe
