#include "runtime/model_manifest.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace troupe {

using nlohmann::json;

namespace {

[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error(why); }

calibration_map map_from(const json& j) {
  calibration_map m;
  j.at("intercept").get_to(m.intercept);
  j.at("slope").get_to(m.slope);
  j.at("upper").get_to(m.upper);
  j.at("standard_errors").get_to(m.standard_errors);
  return m;
}

stop_statistics stops_from(const json& j) {
  stop_statistics s;
  j.at("tp_rate").get_to(s.tp_rate);
  j.at("timeout_rate").get_to(s.timeout_rate);
  j.at("mean_timeout_r").get_to(s.mean_timeout_r);
  j.at("facts").get_to(s.facts);
  j.at("tp_by_score").get_to(s.tp_by_score);
  j.at("timeout_by_score").get_to(s.timeout_by_score);
  return s;
}

model_info info_from(const json& j, const model_set& set) {
  model_info i;
  j.at("name").get_to(i.name);
  j.at("kind").get_to(i.kind);
  j.at("horizon").get_to(i.horizon);
  j.at("version").get_to(i.version);
  j.at("rows").get_to(i.rows);
  j.at("source").get_to(i.source);
  j.at("trained_at").get_to(i.trained_at);
  for (auto& [name, value] : j.at("metrics").items())
    i.metrics.emplace_back(name, value.get<double>());
  i.symbol = set.symbol;
  i.state = "serving";
  return i;
}

/// Keeps the bytes among `out.boosters` and returns the checked trees.
tree_ensemble trees_from(const std::string& name, tree_ensemble::objective kind,
                         const std::vector<std::string_view>& names, const model_contents& files,
                         trained_models& out) {
  const auto found = files.find(name + std::string(booster_suffix));
  if (found == files.end()) refuse(name + " is missing");
  std::string error;
  const auto stored = read_booster(found->second, error);
  if (!stored) refuse(name + ": " + error);
  if (!std::equal(names.begin(), names.end(), stored->feature_names.begin(),
                  stored->feature_names.end()))
    refuse(name + ": its features are not ours in name and order");
  auto trees = tree_ensemble::make(*stored, names.size(), error);
  if (!trees) refuse(name + ": " + error);
  if (trees->kind() != kind) refuse(name + ": another objective than stated");
  out.boosters.emplace_back(name, found->second);
  return std::move(*trees);
}

/// Seeds of all range models lie in one file, one after the other.
class seed_reader {
public:
  explicit seed_reader(const model_contents& files) {
    const auto found = files.find(std::string(seeds_file));
    if (found == files.end()) refuse(std::string(seeds_file) + " is missing");
    left_ = found->second;
  }
  std::vector<float> take(std::size_t count) {
    if (count == 0 || count > left_.size() / sizeof(float)) refuse("seeds are missing");
    std::vector<float> out(count);
    std::memcpy(out.data(), left_.data(), count * sizeof(float));
    left_.remove_prefix(count * sizeof(float));
    for (const float x : out)
      if (!std::isfinite(x)) refuse("a seed is not finite");
    return out;
  }

private:
  std::string_view left_;
};

member_weights weights_from(const json& j, model_kind kind) {
  if (j.size() != 3) refuse("the weights of members are missing");
  const member_weights w{j[0].get<double>(), j[1].get<double>(), j[2].get<double>()};
  const double alone = kind == model_kind::har ? w.har
      : kind == model_kind::xgboost            ? w.trees
      : kind == model_kind::gru                ? w.network
                                               : 1;
  if (!w.sound() || alone != 1) refuse("the weights of members do not fit the kind");
  return w;
}

void restore_network(const model_contents& files, model_set& set) {
  if (set.kind != model_kind::gru && set.kind != model_kind::ensemble) return;
  const auto found = files.find(std::string(network_file));
  if (found == files.end()) refuse(std::string(network_file) + " is missing");
  std::string error;
  set.network = recurrent_network::read(found->second, error);
  if (!set.network) refuse(std::string(network_file) + ": " + error);
}

void restore_ranges(const json& manifest, const model_contents& files, model_set& set,
                    trained_models& out) {
  const auto& ranges = manifest.at("ranges");
  if (ranges.size() != 2 * horizons.size()) refuse("range models are missing");
  const std::vector<std::string_view> names(feature_names.begin(), feature_names.end());
  seed_reader seeds(files);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto& j = ranges[i];
    auto m = std::make_shared<range_model>();
    m->side = i % 2 == 0 ? range_side::high : range_side::low;
    const std::string side = i % 2 == 0 ? "high" : "low";
    j.at("horizon").get_to(m->horizon);
    if (m->horizon != horizons[i / 2] || j.at("side") != side) refuse("range models are misplaced");
    j.at("har").get_to(m->har.coefficients);
    j.at("har_floor").get_to(m->har.floor);
    if (!(m->har.floor > 0)) refuse("a HAR forecast could fall to zero");
    j.at("atr_k").get_to(m->atr_k);
    j.at("seed_last").get_to(m->seed_last);
    j.at("seed_coverage").get_to(m->seed_coverage);
    m->seed_errors = seeds.take(j.at("seeds").get<std::size_t>());
    m->weights = weights_from(j.at("weights"), set.kind);
    if (set.kind == model_kind::xgboost || set.kind == model_kind::ensemble)
      m->trees = trees_from("range-" + std::to_string(m->horizon) + "-" + side,
                            tree_ensemble::objective::gamma, names, files, out);
    set.ranges.push_back(std::move(m));
  }
}

void restore_tpsl(const json& manifest, const model_contents& files, model_set& set,
                  trained_models& out) {
  const auto& all = manifest.at("tpsl");
  if (all.size() != 4) refuse("TP/SL models are missing");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& j = all[i];
    auto m = std::make_shared<tpsl_model>();
    m->long_side = i / 2 == 0;
    m->rr = 2 + static_cast<int>(i % 2);
    const std::string side = m->long_side ? "long" : "short";
    if (j.at("rr") != m->rr || j.at("side") != side) refuse("TP/SL models are misplaced");
    m->tp_map = map_from(j.at("tp_map"));
    m->timeout_map = map_from(j.at("timeout_map"));
    if (j.at("stops").size() != stop_buckets) refuse("stop statistics are missing");
    for (std::size_t b = 0; b < stop_buckets; ++b) m->stops[b] = stops_from(j.at("stops")[b]);
    const auto name = "tpsl-rr" + std::to_string(m->rr) + "-" + side;
    const auto kind = tree_ensemble::objective::logistic;
    m->tp = trees_from(name + "-tp", kind, tpsl_feature_names(), files, out);
    m->timeout = trees_from(name + "-timeout", kind, tpsl_feature_names(), files, out);
    set.tpsl.push_back(std::move(m));
  }
}

void prove_golden(const json& manifest, const model_set& set, trained_models& out) {
  const auto& rows = manifest.at("golden");
  if (rows.empty()) refuse("there are no golden rows");
  for (auto& j : rows) {
    golden_row row;
    j.at("features").get_to(row.features);
    j.at("har").get_to(row.har);
    j.at("stop_in_sigma").get_to(row.stop_in_sigma);
    if (set.network) {
      j.at("window").get_to(row.seen.window);
      j.at("context").get_to(row.seen.context);
    }
    if (golden_answers(row, set) != j.at("answers"))
      refuse("it answers a golden row otherwise than it did");
    out.golden.push_back(row);
  }
}

} // namespace

trained_models restore_models(const json& manifest, const model_contents& files) {
  trained_models out;
  auto set = std::make_shared<model_set>();
  manifest.at("symbol").get_to(set->symbol);
  manifest.at("version").get_to(set->version);
  const auto kind = model_kind_of(manifest.at("kind").get<std::string>());
  if (!kind) refuse("its kind is unknown");
  set->kind = *kind;
  manifest.at("source").get_to(set->source);
  manifest.at("feature_hash").get_to(set->feature_hash);
  manifest.at("model_hash").get_to(set->model_hash);
  manifest.at("trained_at").get_to(set->trained_at);
  manifest.at("train_from").get_to(set->train_from);
  manifest.at("train_to").get_to(set->train_to);
  manifest.at("rows").get_to(set->rows);
  restore_network(files, *set);
  restore_ranges(manifest, files, *set, out);
  restore_tpsl(manifest, files, *set, out);
  const json ours = feature_names;
  if (manifest.at("feature_names") != ours || set->feature_hash != feature_hash())
    refuse("it was trained on other features than this program computes");
  prove_golden(manifest, *set, out);
  if (hash_of(*set) != set->model_hash) refuse("its contents do not give its model hash");
  if (version_of(set->trained_at, set->model_hash) != set->version)
    refuse("its version does not fit its contents");
  for (auto& j : manifest.at("infos")) set->infos.push_back(info_from(j, *set));
  out.models = std::move(set);
  return out;
}

} // namespace troupe
