#include "runtime/money.hpp"

#include "runtime/stores/postgres/journal.hpp"
#include "runtime/stores/sqlite_journal.hpp"
#include "runtime/wall.hpp"

#include <caf/send.hpp>

#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

namespace troupe {

class forgetful {
public:
  void watch(std::vector<accounts_actor> registries) {
    std::lock_guard<std::mutex> lock{guard_};
    registries_ = std::move(registries);
  }
  void forget() {
    std::lock_guard<std::mutex> lock{guard_};
    for (auto& registry : registries_) caf::anon_send(registry, forget_accounts{});
  }

private:
  std::mutex guard_;
  std::vector<accounts_actor> registries_;
};

std::string money_part::open_journal(const settings& s) {
  const auto report = [sink = log_](const std::string& text) { sink(log_level::warn, text); };
  spawned_journal opened;
  if (s.text("store.url").empty()) {
    sqlite_journal_options options;
    options.report = report;
    opened = spawn_sqlite_journal(system_, s.text("data.dir") + "/ledger.sqlite3", options);
  } else {
    identity_ = node_identity::take(s.text("data.dir"), opened.error);
    if (!identity_) return opened.error;
    postgres_journal_options options;
    options.node = identity_->name();
    options.lease_ms = s.integer("store.lease-ms");
    options.connections = static_cast<std::uint32_t>(s.integer("store.connections"));
    options.report = report;
    options.on_lost = [watched = forgetful_] { watched->forget(); };
    opened = spawn_postgres_journal(system_, s.text("store.url"), options);
  }
  journal_ = opened.handle;
  return opened.error;
}

std::string money_part::start(const settings& s) {
  forgetful_ = std::make_shared<forgetful>();
  if (auto error = open_journal(s); !error.empty()) return error;
  accounts_options options;
  options.account.journal = journal_;
  options.account.log = log_;
  options.transfer.now = wall_now_ms;
  options.transfer.approval_wait_ms = s.integer("accounts.approval-hours") * hour_ms;
  options.max_loaded = static_cast<std::size_t>(s.integer("accounts.max-loaded"));
  options.sleep_after = std::chrono::milliseconds{s.integer("accounts.sleep-ms")};
  options.idle_after = std::chrono::seconds{s.integer("accounts.idle-s")};
  accounts_ = spawn_accounts(system_, options);
  forgetful_->watch(accounts_.registries);
  return "";
}

void money_part::stop() {
  if (forgetful_) forgetful_->watch({});
  for (auto& registry : accounts_.registries)
    caf::anon_send_exit(registry, caf::exit_reason::user_shutdown);
  accounts_.registries.clear();
  if (journal_) caf::anon_send_exit(journal_, caf::exit_reason::user_shutdown);
  journal_ = nullptr;
}

} // namespace troupe
