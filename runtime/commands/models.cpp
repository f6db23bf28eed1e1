// `troupe models`: what is in the model folder, how each was judged in validation, who speaks; and
// who is to speak at the next start.
#include "runtime/commands/commands.hpp"
#include "runtime/commands/quality_table.hpp"
#include "runtime/model_files.hpp"
#include "runtime/model_roles.hpp"
#include "runtime/strategies.hpp"

#include <cstdio>
#include <filesystem>
#include <set>

namespace troupe {

namespace {

int failed(const std::string& why, int status) {
  std::fprintf(stderr, "troupe models: %s\n", why.c_str());
  return status;
}

void print_roles(const std::string& folder, const symbol_name& symbol, const loaded_roles& loaded) {
  const auto roles = read_roles(folder, symbol);
  for (auto& version : stored_versions(folder, symbol)) {
    const char* role = version == loaded.champion->version           ? "champion"
        : loaded.challenger && version == loaded.challenger->version ? "challenger"
        : version == roles.previous                                  ? "previous"
                                                                     : "";
    std::printf("  %-28s %s\n", version.c_str(), role);
  }
}

int list_models(const std::string& folder) {
  std::set<symbol_name> symbols;
  std::error_code ec;
  for (auto& entry : std::filesystem::directory_iterator(folder, ec))
    if (entry.is_directory() && valid_symbol(entry.path().filename().string()))
      symbols.insert(entry.path().filename().string());
  if (ec || symbols.empty())
    return failed("no models in " + folder + "; `troupe train` makes them", 1);
  int status = 0;
  for (auto& symbol : symbols) {
    const auto loaded = load_by_roles(folder, symbol);
    for (auto& why : loaded.refused) {
      std::fprintf(stderr, "refused: %s\n", why.c_str());
      status = 1;
    }
    if (!loaded.champion) continue;
    std::fputs(quality_table(*loaded.champion).c_str(), stdout);
    print_roles(folder, symbol, loaded);
  }
  return status;
}

// Only what loads may speak: a damaged version is refused now, not at the next start.
int promote(const std::string& folder, const symbol_name& symbol, const std::string& version) {
  std::string error;
  if (!load_version(folder, symbol, version, error)) return failed(error, 1);
  const auto roles = read_roles(folder, symbol);
  const auto challenger = roles.challenger == version ? std::string{} : roles.challenger;
  error = write_roles(folder, {symbol, version, challenger});
  if (!error.empty()) return failed(error, 1);
  std::printf("%s: %s speaks from the next start on (POST /models/%s/promote: at once)\n",
              symbol.c_str(), version.c_str(), symbol.c_str());
  return 0;
}

} // namespace

int change_models(const settings& s) {
  const auto folder = models_folder(s);
  const auto& words = s.words();
  if (words.empty()) return list_models(folder);
  const auto& symbol = s.text("symbol");
  auto version = s.text("version");
  if (words.size() != 1 || (words.front() != "promote" && words.front() != "restore"))
    return failed("say promote or restore, or nothing to list them", 2);
  if (!valid_symbol(symbol)) return failed("name a symbol with --symbol", 2);
  if (version.empty() && words.front() == "restore") version = read_roles(folder, symbol).previous;
  if (version.empty())
    return failed(words.front() == "restore" ? "no version spoke before; name one with --version"
                                             : "name a version with --version",
                  2);
  return promote(folder, symbol, version);
}

} // namespace troupe
