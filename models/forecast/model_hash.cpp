#include "models/forecast/range_model.hpp"
#include "models/forecast/tpsl_model.hpp"
#include "models/forecast/training.hpp"

#include <algorithm>

namespace troupe {
namespace {

constexpr std::array<std::string_view, 4> kind_names{"har", "xgboost", "gru", "ensemble"};

void add(fnv1a& hash, const range_model& m) {
  hash.add_number(m.horizon).add_number(static_cast<std::uint8_t>(m.side));
  for (const double c : m.har.coefficients) hash.add_number(c);
  hash.add_number(m.har.floor).add_number(m.atr_k);
  hash.add_number(m.weights.har).add_number(m.weights.trees).add_number(m.weights.network);
  m.trees.hash_into(hash);
  for (const float e : m.seed_errors) hash.add_number(e);
  hash.add_number(m.seed_last).add_number(m.seed_coverage);
}

void add(fnv1a& hash, const calibration_map& map) {
  hash.add_number(map.intercept).add_number(map.slope);
  for (const double x : map.upper) hash.add_number(x);
  for (const double x : map.standard_errors) hash.add_number(x);
}

void add(fnv1a& hash, const tpsl_model& m) {
  hash.add_number(static_cast<std::uint8_t>(m.long_side)).add_number(m.rr);
  m.tp.hash_into(hash);
  m.timeout.hash_into(hash);
  add(hash, m.tp_map);
  add(hash, m.timeout_map);
  for (const auto& s : m.stops) {
    hash.add_number(s.tp_rate).add_number(s.timeout_rate).add_number(s.mean_timeout_r);
    hash.add_number(s.facts).add_number(static_cast<std::uint8_t>(s.tp_by_score));
    hash.add_number(static_cast<std::uint8_t>(s.timeout_by_score));
  }
}

} // namespace

std::string_view to_string(model_kind k) { return kind_names[static_cast<std::size_t>(k)]; }

std::optional<model_kind> model_kind_of(std::string_view text) {
  for (std::size_t i = 0; i < kind_names.size(); ++i)
    if (kind_names[i] == text) return static_cast<model_kind>(i);
  return std::nullopt;
}

std::string hash_of(const model_set& models) {
  fnv1a hash;
  hash.add(models.symbol).add("\n").add(models.feature_hash);
  hash.add("\n").add(to_string(models.kind));
  if (models.network) models.network->hash_into(hash);
  for (const auto& m : models.ranges) add(hash, *m);
  for (const auto& m : models.tpsl) add(hash, *m);
  return hash.hex();
}

std::string version_of(utc_ms trained_at, const std::string& model_hash) {
  auto text = to_iso8601(trained_at).substr(0, 19); // 2026-01-05T10:00:00
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '-' || c == ':'; }),
             text.end());
  return text + "-" + model_hash.substr(0, 8);
}

} // namespace troupe
