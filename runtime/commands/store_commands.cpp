// `troupe import` and `troupe migrate`: what is done to the store of a data folder.
#include "runtime/actor_config.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/import.hpp"
#include "runtime/commands/migrate.hpp"
#include "runtime/market_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>

namespace troupe {

namespace {

// The first symbol whose candles are made up, or "".
symbol_name simulated_symbol(caf::actor_system& system, const store_actor& store) {
  symbol_name found;
  caf::scoped_actor {
    system
    } -> request(store, std::chrono::seconds(60), get_spans{})
        .receive(
            [&](const std::vector<candle_span>& spans) {
              for (auto& span : spans)
                if (span.rows > 0 && span.source == "simulated") found = span.symbol;
            },
            [](const caf::error&) {});
  return found;
}

} // namespace

int import_files(const settings& s) {
  import_request request;
  for (auto& word : s.words()) request.files.emplace_back(word);
  auto failed = [](const std::string& why) {
    std::fprintf(stderr, "troupe import: %s\n", why.c_str());
    return 1;
  };
  if (request.files.empty()) return failed("name at least one kline file");
  if (const auto& symbol = s.text("symbol"); !symbol.empty()) {
    if (!valid_symbol(symbol)) return failed("--symbol must be 3 to 20 of A-Z0-9");
    request.symbol = symbol;
  }
  std::error_code ec;
  std::filesystem::create_directories(s.text("data.dir"), ec);
  if (ec) return failed("cannot make " + s.text("data.dir") + ": " + ec.message());
  actor_config config{static_cast<std::size_t>(s.integer("actors.threads"))};
  caf::actor_system system{config};
  auto store = open_market_store(system, s);
  if (!store.error.empty()) return failed(store.error);
  const auto made_up = simulated_symbol(system, store.handle);
  if (!made_up.empty())
    return failed("the store in " + s.text("data.dir") + " holds a simulated market (" + made_up
                  + "), which real candles must not mix with; name another --data.dir");
  import_output out{std::cout, std::cerr, isatty(STDERR_FILENO) == 1};
  const int status = run_import(system, store.handle, request, out);
  caf::anon_send_exit(store.handle, caf::exit_reason::user_shutdown);
  return status;
}

int migrate_store(const settings& s) {
  if (const auto& url = s.text("store.url"); !url.empty()) return run_postgres_migrate(url);
  std::error_code ec;
  std::filesystem::create_directories(s.text("data.dir"), ec);
  const int market = run_migrate(s.text("data.dir") + "/store.sqlite3", market_schema());
  const int ledger = run_migrate(s.text("data.dir") + "/ledger.sqlite3", ledger_schema());
  const int users = run_migrate(s.text("data.dir") + "/users.sqlite3", users_schema());
  return market != 0 ? market : ledger != 0 ? ledger : users;
}

} // namespace troupe
