// Stored model sets: `{folder}/{SYMBOL}/{version}/` with manifest.json, one .ubj per booster, the
// network where there is one, and the seeds of the bands. A version appears whole or not at all,
// and nothing of a damaged one is ever served. What the files say is in model_manifest.
#pragma once
#include "models/forecast/training.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// Versions of one symbol that stay on disk; older ones are removed when a new one is saved, but
/// for those with a part in model_roles.
inline constexpr std::size_t kept_versions = 10;

/// Writes the set under a temporary name, syncs, renames. Returns the folder of the version; empty,
/// and why in `error`, when the disk refuses. Saving the same version again changes nothing.
std::string save_models(const std::string& folder, const trained_models& set, std::string& error);

/// Reads one version. Order: manifest, sizes and SHA-256, parsing with our own reader, structure of
/// every tree, features, golden rows to the bit. Null and why in `error` when any of it fails.
std::shared_ptr<const trained_models> load_models(const std::string& version_folder,
                                                  std::string& error);

/// Whether a text may name a version: a folder's name and nothing else.
bool plain_version(const std::string& version);

bool has_version(const std::string& folder, const symbol_name& symbol, const std::string& version);

/// The files of a stored version as one piece (model_pack). Empty and why in `error`.
std::string pack_version(const std::string& folder, const symbol_name& symbol,
                         const std::string& version, std::string& error);

/// Makes a version of such a piece, whole or not at all: it must pass all that load_models()
/// checks, and be that version of that symbol. True also when it is there already.
bool unpack_version(const std::string& folder, const symbol_name& symbol,
                    const std::string& version, const std::string& bytes, std::string& error);

struct loaded_models {
  model_set_ptr models;             // null: none could be loaded
  std::vector<std::string> refused; // newer versions that were not, and why
};

/// Names of the stored versions of a symbol, the newest first.
std::vector<std::string> stored_versions(const std::string& folder, const std::string& symbol);

/// The newest version of a symbol that can be trusted.
loaded_models load_newest_models(const std::string& folder, const std::string& symbol);

/// Writes a small file under a temporary name, syncs and renames. "" or why not, for people.
std::string replace_file(const std::string& path, const std::string& text);

/// Saves and reads back: what is published is what a restart would load.
model_set_ptr keep_trained_models(const std::string& folder, const trained_models& set,
                                  std::string& error);

/// The stored set behind one that serves, boosters included.
std::shared_ptr<const trained_models>
recall_trained_models(const std::string& folder, const model_set& serving, std::string& error);

} // namespace troupe
