// What a stored model set says of itself beside its boosters: JSON in, JSON out. Reading and
// writing files, and the order in which a stored set is trusted, are in model_files.
#pragma once
#include "models/forecast/range_model.hpp"
#include "models/forecast/tpsl_model.hpp"
#include "models/forecast/training.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>

namespace troupe {

inline constexpr int manifest_schema = 2;
inline constexpr std::string_view seeds_file = "seeds.f32", network_file = "network.f32",
                                  booster_suffix = ".ubj";

/// File names and contents.
using model_contents = std::map<std::string, std::string>;

/// 64 hex digits.
std::string sha256_hex(std::string_view bytes);

/// The files of a set but for its manifest: boosters, the network, and the seeds of the bands.
model_contents contents_of(const trained_models& set);

/// What a set answers to one row, as the bits of each number.
nlohmann::json golden_answers(const golden_row& row, const model_set& set);

/// The whole manifest, sealed.
nlohmann::json manifest_of(const trained_models& set, const model_contents& files);

/// Writes the manifest's own checksum into it.
void seal(nlohmann::json& manifest);

/// Empty when schema, checksum and the list of files are sound, else why not. Nothing else of the
/// manifest may be looked at before.
std::string flaw_of_manifest(const nlohmann::json& manifest);

/// Empty when every file is there with the stated size and hash, else why not.
std::string flaw_of_contents(const nlohmann::json& manifest, const model_contents& files);

/// Puts the set together: parse, structural check, feature list, golden rows, model hash.
/// Throws std::runtime_error with the reason when anything is not as it was stored.
trained_models restore_models(const nlohmann::json& manifest, const model_contents& files);

} // namespace troupe
