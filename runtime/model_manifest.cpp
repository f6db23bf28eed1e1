#include "runtime/model_manifest.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace troupe {

using nlohmann::json;

namespace {

json json_of(const calibration_map& m) {
  return {{"intercept", m.intercept},
          {"slope", m.slope},
          {"upper", m.upper},
          {"standard_errors", m.standard_errors}};
}

json json_of(const stop_statistics& s) {
  return {{"tp_rate", s.tp_rate},
          {"timeout_rate", s.timeout_rate},
          {"mean_timeout_r", s.mean_timeout_r},
          {"facts", s.facts},
          {"tp_by_score", s.tp_by_score},
          {"timeout_by_score", s.timeout_by_score}};
}

json json_of(const range_model& m) {
  return {{"horizon", m.horizon},
          {"side", m.side == range_side::high ? "high" : "low"},
          {"har", m.har.coefficients},
          {"har_floor", m.har.floor},
          {"atr_k", m.atr_k},
          {"seeds", m.seed_errors.size()},
          {"seed_last", m.seed_last},
          {"seed_coverage", m.seed_coverage},
          {"weights", {m.weights.har, m.weights.trees, m.weights.network}}};
}

json json_of(const tpsl_model& m) {
  json stops = json::array();
  for (auto& s : m.stops) stops.push_back(json_of(s));
  return {{"side", m.long_side ? "long" : "short"},
          {"rr", m.rr},
          {"tp_map", json_of(m.tp_map)},
          {"timeout_map", json_of(m.timeout_map)},
          {"stops", stops}};
}

json json_of(const model_info& i) {
  json metrics = json::object();
  for (auto& [name, value] : i.metrics) metrics[name] = value;
  return {
      {"name", i.name}, {"kind", i.kind},     {"horizon", i.horizon},       {"version", i.version},
      {"rows", i.rows}, {"source", i.source}, {"trained_at", i.trained_at}, {"metrics", metrics}};
}

std::string bits(double x) {
  std::uint64_t word = 0;
  std::memcpy(&word, &x, sizeof x);
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[i] = "0123456789abcdef"[(word >> (60 - 4 * i)) & 15];
  return text;
}

json golden_of(const trained_models& set) {
  json out = json::array();
  for (auto& row : set.golden) {
    out.push_back({{"features", row.features},
                   {"har", row.har},
                   {"stop_in_sigma", row.stop_in_sigma},
                   {"answers", golden_answers(row, *set.models)}});
    if (!set.models->network) continue;
    out.back()["window"] = row.seen.window;
    out.back()["context"] = row.seen.context;
  }
  return out;
}

std::string checksum_of(json manifest) {
  manifest.erase("checksum");
  return sha256_hex(manifest.dump());
}

} // namespace

json golden_answers(const golden_row& row, const model_set& set) {
  json out = json::array();
  const auto learnt = set.network ? set.network->answer(row.seen) : network_answer{};
  for (std::size_t i = 0; i < set.ranges.size(); ++i)
    out.push_back(bits(set.ranges[i]->forecast(row.features, row.har[i / 2], learnt)));
  for (auto& model : set.tpsl) {
    const auto odds = model->odds(row.features, row.stop_in_sigma);
    for (const double x : {odds.p_tp, odds.p_timeout, odds.expected_net_r, odds.standard_error_r})
      out.push_back(bits(x));
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

model_contents contents_of(const trained_models& set) {
  model_contents out;
  for (auto& [name, bytes] : set.boosters) out[name + std::string(booster_suffix)] = bytes;
  if (set.models->network) out[std::string(network_file)] = set.models->network->bytes();
  std::string& seeds = out[std::string(seeds_file)];
  for (auto& model : set.models->ranges)
    seeds.append(reinterpret_cast<const char*>(model->seed_errors.data()),
                 model->seed_errors.size() * sizeof(float));
  return out;
}

json manifest_of(const trained_models& set, const model_contents& files) {
  const model_set& m = *set.models;
  json manifest{{"schema", manifest_schema},
                {"symbol", m.symbol},
                {"interval", "5m"},
                {"version", m.version},
                {"kind", to_string(m.kind)},
                {"source", m.source},
                {"library", "xgboost 1.7.4"},
                {"feature_names", feature_names},
                {"feature_hash", m.feature_hash},
                {"model_hash", m.model_hash},
                {"trained_at", m.trained_at},
                {"train_from", m.train_from},
                {"train_to", m.train_to},
                {"rows", m.rows},
                {"golden", golden_of(set)}};
  for (auto& model : m.ranges) manifest["ranges"].push_back(json_of(*model));
  for (auto& model : m.tpsl) manifest["tpsl"].push_back(json_of(*model));
  for (auto& info : m.infos) manifest["infos"].push_back(json_of(info));
  for (auto& [name, bytes] : files)
    manifest["files"].push_back(
        {{"name", name}, {"bytes", bytes.size()}, {"sha256", sha256_hex(bytes)}});
  seal(manifest);
  return manifest;
}

void seal(json& manifest) { manifest["checksum"] = checksum_of(manifest); }

std::string flaw_of_manifest(const json& manifest) {
  if (!manifest.is_object() || !manifest.contains("schema")) return "the manifest is none";
  if (manifest["schema"] != manifest_schema)
    return "the manifest has another schema than " + std::to_string(manifest_schema);
  if (!manifest.contains("checksum") || manifest["checksum"] != checksum_of(manifest))
    return "the manifest was changed after it was written";
  return "";
}

std::string flaw_of_contents(const json& manifest, const model_contents& files) {
  for (auto& file : manifest.at("files")) {
    const auto name = file.at("name").get<std::string>();
    const auto found = files.find(name);
    if (found == files.end()) return name + " is missing";
    if (found->second.size() != file.at("bytes").get<std::size_t>())
      return name + " has another size than stated";
    if (sha256_hex(found->second) != file.at("sha256").get<std::string>())
      return name + " has another SHA-256 than stated";
  }
  return "";
}

} // namespace troupe
