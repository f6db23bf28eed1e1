// Makes a model_set from candles: planned as independent fits that workers may run beside each
// other, then put together. Deterministic: same data, same options, same models. Not here: threads
// and progress reporting (actors), files (runtime/model_files), the library (booster.hpp).
#pragma once
#include "models/forecast/dataset.hpp"
#include "models/forecast/model_set.hpp"
#include "models/forecast/recurrent_inputs.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

struct fitted_range; // of one horizon and side, not yet judged: models/forecast/held_out.hpp

struct training_options {
  model_kind kind = model_kind::xgboost;
  utc_ms trained_at = 0;
  std::string source = "market"; // or "simulated": what the candles were
  /// Range horizons to fit; the others are taken from `previous` in assemble(). Empty: all, and
  /// always all where a network is fitted, which serves every horizon at once.
  std::vector<std::int32_t> horizons;
  bool tpsl = true;        // fit the TP/SL models, too
  int network_rounds = 60; // at most; a network stops by itself when the newest rows gain no more
};

/// A feature row with all that the models of a set look at: kept with a stored model to prove on
/// load that it answers as it did.
struct golden_row {
  feature_row features{};
  std::array<har_row, horizons.size()> har{};
  network_input seen; // by the network
  double stop_in_sigma = 0;
};

/// A model set and what its files need beyond it. Booster names: `range-{horizon}-{high|low}`,
/// `tpsl-rr{2|3}-{long|short}-{tp|timeout}`.
struct trained_models {
  model_set_ptr models;
  std::vector<std::pair<std::string, std::string>> boosters; // name, UBJSON bytes
  std::vector<golden_row> golden; // `seen` is empty where the set has no network
};

/// One fit: the trees of a range model of one horizon and side, the network of all of them, or a
/// TP/SL model of one side and ratio.
enum class fit_kind : std::uint8_t { range_trees, network, tpsl };

struct fit_task {
  std::string name; // as in model_info::name; of a network `{symbol}-network`
  std::shared_ptr<const dataset> data;
  fit_kind what = fit_kind::range_trees;
  std::size_t index = 0; // into model_set::ranges or model_set::tpsl
  int network_rounds = 60;
};

struct fit_result {
  std::string error; // not empty: nothing else counts
  fit_kind what = fit_kind::range_trees;
  std::size_t index = 0;
  std::vector<std::shared_ptr<const fitted_range>> ranges; // of a network: all
  std::shared_ptr<const recurrent_network> network;
  std::shared_ptr<const tpsl_model> tpsl;
  std::vector<std::pair<std::string, std::string>> boosters;
  model_info info; // of a TP/SL model
};

/// Told the share of one fit that is done, 0 to 1.
using fit_progress = std::function<void(double)>;

struct training_plan {
  std::string error; // why there is nothing to run, e.g. too few candles
  std::vector<fit_task> tasks;
};

/// Least candles to learn from: 30 days.
inline constexpr std::size_t least_training_candles = 8640;

/// All fits that a set of this kind needs.
training_plan plan_training(std::shared_ptr<const dataset> data, const training_options& options);

/// Runs one fit with one thread; about 1 s for a year of candles, some minutes for a network.
/// Never throws.
fit_result run(const fit_task& task, const fit_progress& progress = {});

struct assembled {
  std::string error;
  trained_models made;
};

/// The fits that sets of all these kinds need, each once.
training_plan plan_training(std::shared_ptr<const dataset> data, const training_options& options,
                            const std::vector<model_kind>& kinds);

/// All results of a plan, in any order. `previous` lends what was not fitted anew, if it is of the
/// same kind. Results that the kind does not need are left alone; a set of the bare HAR scale is
/// made of those of any other.
assembled assemble(const dataset& data, std::vector<fit_result> results,
                   const training_options& options, const trained_models* previous = nullptr);

/// 16 hex digits over everything in a set that influences an answer.
std::string hash_of(const model_set& models);

/// `{trained_at as yyyymmddThhmmss}-{first 8 of model_hash}`.
std::string version_of(utc_ms trained_at, const std::string& model_hash);

} // namespace troupe
