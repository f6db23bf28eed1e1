// What the tests of the PostgreSQL journal share: journals of several nodes on one database, what
// they report, and sessions beside them.
#pragma once
#include "runtime/stores/postgres/journal.hpp"
#include "tests/runtime/journal_fixture.hpp"
#include "tests/runtime/postgres/server.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace troupe::test {

/// What a journal reported, for a thread that waits for it.
class told {
public:
  void add(const std::string& words) {
    const std::lock_guard<std::mutex> guard{mutex_};
    all_.push_back(words);
    changed_.notify_all();
  }
  /// False when nothing that begins so was told within 20 s.
  bool wait_for(const std::string& beginning) {
    std::unique_lock<std::mutex> guard{mutex_};
    return changed_.wait_for(guard, std::chrono::seconds{20}, [&] {
      return std::any_of(all_.begin(), all_.end(),
                         [&](const auto& x) { return x.rfind(beginning, 0) == 0; });
    });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

/// A journal of a node, and what became of its lease.
struct node {
  journal_actor journal;
  std::shared_ptr<told> words = std::make_shared<told>();
  std::shared_ptr<std::atomic<int>> lost = std::make_shared<std::atomic<int>>(0);
};

struct postgres_journals : testing::Test {
  postgres_journals() : url(server().make_database()), system(config), asker(system) {}
  ~postgres_journals() override {
    for (auto& n : nodes) stop(n);
  }

  /// A lease of a minute: nothing of it happens by itself within a test.
  node& start(const std::string& name, postgres_journal_options options = long_lease()) {
    auto& made = nodes.emplace_back();
    options.node = name;
    options.report = [words = made.words](const std::string& x) { words->add(x); };
    options.on_lost = [lost = made.lost] { ++*lost; };
    auto spawned = spawn_postgres_journal(system, url, options);
    EXPECT_EQ(spawned.error, "");
    made.journal = spawned.handle;
    return made;
  }

  void stop(node& n) {
    if (n.journal) asker.end(n.journal);
  }

  /// As a process that dies: nothing is given up.
  void kill(node& n) {
    caf::anon_send_exit(n.journal, caf::exit_reason::kill);
    n.journal = nullptr;
  }

  static postgres_journal_options long_lease() {
    postgres_journal_options options;
    options.lease_ms = 60'000;
    return options;
  }

  journal_status status(const node& n) {
    return asker.ask<journal_status>(n.journal, get_journal_status{});
  }

  std::vector<outbox_row> outbox(const node& n, std::uint64_t after = 0) {
    return asker.ask<std::vector<outbox_row>>(n.journal, get_outbox{after, 10'000});
  }

  /// First column of the first row.
  std::string sql(const std::string& text) const {
    return server().ask(url, "SET search_path = troupe; " + text);
  }

  /// Asks until the answer is "t"; a failed test after many.
  void wait_until(const std::string& condition) const {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (sql("SELECT " + condition) != "t")
      if (std::chrono::steady_clock::now() > give_up) {
        ADD_FAILURE() << "never so: " << condition;
        return;
      }
  }

  /// A session that stays, without timeouts.
  std::unique_ptr<pqxx::connection> session() const {
    auto made = std::make_unique<pqxx::connection>(url);
    pqxx::nontransaction{*made}.exec("SET search_path = troupe");
    return made;
  }

  std::deque<node> nodes;
  std::string url;
  store_config config;
  caf::actor_system system;
  journal_asker asker;
};

/// Batches of node `a` wait until the transaction that says this is over.
inline const char* const hold_back_batches =
    "SELECT pg_advisory_xact_lock(1414681933, fence_of('a'))";

/// A batch of ours that runs or waits now.
inline const char* const a_batch_waits =
    "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
    " AND query LIKE '%journal_commit%' AND state = 'active' AND wait_event_type = 'Lock')";

} // namespace troupe::test
