// `troupe models`: what is in the model folder and how each was judged in validation.
#include "runtime/commands/commands.hpp"
#include "runtime/commands/quality_table.hpp"
#include "runtime/model_files.hpp"
#include "runtime/strategies.hpp"

#include <cstdio>
#include <filesystem>
#include <set>

namespace troupe {

int list_models(const settings& s) {
  const auto folder = models_folder(s);
  std::set<symbol_name> symbols;
  std::error_code ec;
  for (auto& entry : std::filesystem::directory_iterator(folder, ec))
    if (entry.is_directory() && valid_symbol(entry.path().filename().string()))
      symbols.insert(entry.path().filename().string());
  if (ec || symbols.empty()) {
    std::fprintf(stderr, "troupe models: no models in %s; `troupe train` makes them\n",
                 folder.c_str());
    return 1;
  }
  int status = 0;
  for (auto& symbol : symbols) {
    auto loaded = load_newest_models(folder, symbol);
    for (auto& why : loaded.refused) {
      std::fprintf(stderr, "refused: %s\n", why.c_str());
      status = 1;
    }
    if (loaded.models) std::fputs(quality_table(*loaded.models).c_str(), stdout);
  }
  return status;
}

} // namespace troupe
