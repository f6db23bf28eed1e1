#include "runtime/money.hpp"

#include "runtime/stores/postgres/journal.hpp"
#include "runtime/stores/sqlite_journal.hpp"
#include "runtime/wall.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

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

// How long others are waited for when this node leaves; their taking over is not.
constexpr std::chrono::seconds leave_timeout{3};

std::string money_part::open_journal(const settings& s, const cluster_identity& who,
                                     std::function<void()> changed) {
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
    options.address = who.address;
    options.node = who.name.empty() ? identity_->name() : who.name;
    options.on_changed = std::move(changed);
    options.log = log_;
    options.lease_ms = s.integer("store.lease-ms");
    options.connections = static_cast<std::uint32_t>(s.integer("store.connections"));
    options.report = report;
    // In a cluster the router says what is to be forgotten, and does not forget it all.
    if (options.address.empty()) options.on_lost = [watched = forgetful_] { watched->forget(); };
    auto journal = spawn_postgres_journal(system_, s.text("store.url"), options);
    if (!options.address.empty()) {
      shared_.membership = journal.membership;
      shared_.until = journal.until;
    }
    opened = std::move(journal);
  }
  journal_ = opened.handle;
  return opened.error;
}

std::string money_part::start(const settings& s, const cluster_identity& who,
                              std::function<void()> changed) {
  forgetful_ = std::make_shared<forgetful>();
  if (auto error = open_journal(s, who, std::move(changed)); !error.empty()) return error;
  if (shared_) share();
  accounts_options options;
  options.account.journal = journal_;
  options.account.log = log_;
  options.transfer.now = wall_now_ms;
  options.transfer.approval_wait_ms = s.integer("accounts.approval-hours") * hour_ms;
  options.max_loaded = static_cast<std::size_t>(s.integer("accounts.max-loaded"));
  options.sleep_after = std::chrono::milliseconds{s.integer("accounts.sleep-ms")};
  options.idle_after = std::chrono::seconds{s.integer("accounts.idle-s")};
  if (shared_) {
    options.through = shared_.router.handle.address();
    options.transfer.mine = [board = shared_.board](const account_id& id) {
      return board->owns(id);
    };
  }
  local_ = accounts_ = spawn_accounts(system_, options);
  forgetful_->watch(local_.registries);
  if (!shared_) return "";
  accounts_peers registries;
  for (const auto& r : local_.registries)
    registries.registries.push_back(caf::actor_cast<caf::strong_actor_ptr>(r));
  caf::anon_send(shared_.router.handle, registries);
  accounts_.registries = {shared_.router.handle};
  return "";
}

void money_part::share() {
  shared_.board = std::make_shared<standing_board>();
  shared_.figures = std::make_shared<router_figures>();
  accounts_router_options options;
  options.until = shared_.until;
  options.board = shared_.board;
  options.membership = shared_.membership;
  options.figures = shared_.figures;
  shared_.router = spawn_accounts_router(system_, options);
  caf::anon_send(shared_.membership,
                 watch_cluster{caf::actor_cast<caf::strong_actor_ptr>(shared_.router.handle)});
}

void money_part::leave() {
  if (!shared_) return;
  caf::scoped_actor self{system_};
  self->request(shared_.membership, leave_timeout, leave_cluster{})
      .receive([](bool) {},
               [this](const caf::error&) {
                 if (log_)
                   log_(log_level::warn,
                        "the shards could not be given up: others wait for the "
                        "end of the lease");
               });
}

void money_part::stop() {
  if (forgetful_) forgetful_->watch({});
  const auto end = [](auto& handle) {
    if (handle) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
  };
  end(shared_.router.door);
  end(shared_.router.handle);
  for (auto& registry : local_.registries) end(registry);
  local_.registries.clear();
  accounts_.registries.clear();
  shared_ = {};
  if (journal_) caf::anon_send_exit(journal_, caf::exit_reason::user_shutdown);
  journal_ = nullptr;
}

} // namespace troupe
