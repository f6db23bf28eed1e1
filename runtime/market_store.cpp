#include "runtime/market_store.hpp"

#include "runtime/stores/postgres/market_store.hpp"
#include "runtime/stores/sqlite_store.hpp"

#include <filesystem>
#include <utility>

namespace troupe {

namespace {

std::string file_of(const settings& s) { return s.text("data.dir") + "/store.sqlite3"; }

} // namespace

spawned_store open_market_store(caf::actor_system& system, const settings& s,
                                std::function<void(const std::string&)> report) {
  if (const auto& url = s.text("store.url"); !url.empty()) {
    postgres_store_options options;
    options.report = std::move(report);
    return spawn_postgres_store(system, url, options);
  }
  sqlite_store_options options;
  options.report = std::move(report);
  return spawn_sqlite_store(system, file_of(s), options);
}

bool has_market_store(const settings& s) {
  std::error_code ignored;
  return !s.text("store.url").empty() || std::filesystem::exists(file_of(s), ignored);
}

} // namespace troupe
