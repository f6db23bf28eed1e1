#include "runtime/money.hpp"

#include "runtime/stores/sqlite_journal.hpp"
#include "runtime/wall.hpp"

#include <caf/send.hpp>

#include <chrono>

namespace troupe {

std::string money_part::start(const settings& s) {
  sqlite_journal_options kept;
  kept.report = [sink = log_](const std::string& text) { sink(log_level::warn, text); };
  auto opened = spawn_sqlite_journal(system_, s.text("data.dir") + "/ledger.sqlite3", kept);
  if (!opened.error.empty()) return opened.error;
  journal_ = opened.handle;
  accounts_options options;
  options.account.journal = journal_;
  options.account.log = log_;
  options.transfer.now = wall_now_ms;
  options.max_loaded = static_cast<std::size_t>(s.integer("accounts.max-loaded"));
  options.idle_after = std::chrono::seconds{s.integer("accounts.idle-s")};
  accounts_ = spawn_accounts(system_, options);
  return "";
}

void money_part::stop() {
  for (auto& registry : accounts_.registries)
    caf::anon_send_exit(registry, caf::exit_reason::user_shutdown);
  accounts_.registries.clear();
  if (journal_) caf::anon_send_exit(journal_, caf::exit_reason::user_shutdown);
  journal_ = nullptr;
}

} // namespace troupe
