// `troupe account`: its words, and the ledger of a data folder or a database.
#include "runtime/actor_config.hpp"
#include "runtime/commands/account.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/stores/postgres/journal.hpp"
#include "runtime/stores/sqlite_journal.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <limits>
#include <string>

namespace troupe {

namespace {

int failed(const std::string& why, int status) {
  std::fprintf(stderr, "troupe account: %s\n", why.c_str());
  return status;
}

// What is wrong with the words and options, or nothing.
std::string wrong_usage(const settings& s, utc_ms& as_of) {
  const auto& words = s.words();
  const auto word = words.size() == 1 ? words.front() : std::string{};
  if (word != "verify" && word != "replay" && word != "show")
    return "say one of verify, replay, show";
  if (word == "verify" && s.given("account")) return "verify walks every account";
  if (word != "verify" && s.text("account").empty()) return "name an account with --account";
  if (word != "replay" && s.given("as-of")) return "--as-of is for replay";
  const auto& time = s.text("as-of");
  if (!time.empty() && !parse_iso8601(time, as_of))
    return "--as-of must be a UTC time like 2026-01-05T10:00:00Z";
  return "";
}

spawned_journal open_journal(caf::actor_system& system, const settings& s) {
  if (const auto& url = s.text("store.url"); !url.empty()) {
    postgres_journal_options options;
    options.read_only = true;
    return spawn_postgres_journal(system, url, options);
  }
  const auto path = s.text("data.dir") + "/ledger.sqlite3";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {{}, "there is no ledger at " + path};
  return spawn_sqlite_journal(system, path);
}

} // namespace

int read_accounts(const settings& s) {
  auto as_of = std::numeric_limits<utc_ms>::max();
  if (const auto why = wrong_usage(s, as_of); !why.empty()) return failed(why, 2);
  actor_config config{static_cast<std::size_t>(s.integer("actors.threads"))};
  caf::actor_system system{config};
  auto journal = open_journal(system, s);
  if (!journal.error.empty()) return failed(journal.error, 1);
  const auto& word = s.words().front();
  const auto& account = s.text("account");
  const account_output to{std::cout, std::cerr};
  const int status = word == "verify" ? run_account_verify(system, journal.handle, to)
      : word == "replay" ? run_account_replay(system, journal.handle, account, as_of, to)
                         : run_account_show(system, journal.handle, account, to);
  caf::anon_send_exit(journal.handle, caf::exit_reason::user_shutdown);
  return status;
}

} // namespace troupe
