#include "runtime/model_roles.hpp"

#include "models/trial.hpp"
#include "runtime/model_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace troupe {

namespace fs = std::filesystem;

namespace {

constexpr auto roles_file = "roles";

} // namespace

stored_roles read_roles(const std::string& folder, const symbol_name& symbol) {
  stored_roles out;
  std::ifstream in{fs::path(folder) / symbol / roles_file};
  for (std::string role, version; in >> role >> version;) {
    if (!plain_version(version)) continue;
    if (role == "champion") out.champion = version;
    if (role == "challenger") out.challenger = version;
    if (role == "previous") out.previous = version;
    if (role == "newest") out.newest = version;
  }
  return out;
}

std::string write_roles(const std::string& folder, const model_roles& roles) {
  const auto before = read_roles(folder, roles.symbol);
  const bool changed = !before.champion.empty() && before.champion != roles.champion;
  const auto& previous = changed ? before.champion : before.previous;
  std::string text = "champion " + roles.champion + "\n";
  if (!roles.challenger.empty()) text += "challenger " + roles.challenger + "\n";
  if (!previous.empty()) text += "previous " + previous + "\n";
  const auto versions = stored_versions(folder, roles.symbol);
  if (!versions.empty()) text += "newest " + versions.front() + "\n";
  return replace_file((fs::path(folder) / roles.symbol / roles_file).string(), text);
}

model_set_ptr load_version(const std::string& folder, const symbol_name& symbol,
                           const std::string& version, std::string& error) {
  if (!has_version(folder, symbol, version)) {
    error = "there is no version " + version + " of " + symbol;
    return nullptr;
  }
  const auto loaded = load_models((fs::path(folder) / symbol / version).string(), error);
  if (!loaded) return nullptr;
  if (loaded->models->symbol == symbol) return loaded->models;
  error = version + " holds another symbol";
  return nullptr;
}

loaded_roles load_by_roles(const std::string& folder, const symbol_name& symbol) {
  loaded_roles out;
  const auto roles = read_roles(folder, symbol);
  const auto load = [&](const std::string& version) -> model_set_ptr {
    if (version.empty()) return nullptr;
    std::string error;
    auto models = load_version(folder, symbol, version, error);
    if (!models) out.refused.push_back(std::move(error));
    return models;
  };
  out.champion = load(roles.champion);
  if (!out.champion) {
    auto newest = load_newest_models(folder, symbol);
    out.champion = std::move(newest.models);
    for (auto& why : newest.refused) out.refused.push_back(std::move(why));
  }
  if (!out.champion) return out;
  const auto versions = stored_versions(folder, symbol);
  if (!roles.newest.empty() && versions.front() > roles.newest)
    out.challenger = load(versions.front());
  if (out.challenger && replaces_at_once(*out.champion, *out.challenger))
    out.champion = std::exchange(out.challenger, nullptr);
  if (!out.challenger) out.challenger = load(roles.challenger);
  if (out.challenger && out.challenger->version == out.champion->version) out.challenger = nullptr;
  return out;
}

} // namespace troupe
