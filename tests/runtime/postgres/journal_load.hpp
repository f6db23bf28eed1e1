// Accounts that append without pause, for tests that break things meanwhile, and the proof of what
// must hold afterwards.
#pragma once
#include "tests/runtime/postgres/journal_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <map>
#include <set>

namespace troupe::test {

/// What all writers together saw.
class load_record {
public:
  void acknowledged(const account_id& account, const journal_row& row) {
    const std::lock_guard<std::mutex> guard{mutex_};
    kept_[account].emplace(row.version, row.reference);
    ++count_;
    changed_.notify_all();
  }
  void failed() {
    const std::lock_guard<std::mutex> guard{mutex_};
    ++failures_;
    changed_.notify_all();
  }
  void answered_after(std::chrono::steady_clock::duration time) {
    const std::lock_guard<std::mutex> guard{mutex_};
    longest_ = std::max(longest_, time);
  }
  /// Waits until so many more appends were acknowledged, or failed.
  bool wait_for_more(std::uint64_t appends) { return wait_for(count_, appends); }
  bool wait_for_failures(std::uint64_t failures) { return wait_for(failures_, failures); }

  std::uint64_t count() {
    const std::lock_guard<std::mutex> guard{mutex_};
    return count_;
  }
  std::chrono::milliseconds longest() {
    const std::lock_guard<std::mutex> guard{mutex_};
    return std::chrono::duration_cast<std::chrono::milliseconds>(longest_);
  }
  const std::map<account_id, std::set<std::pair<std::uint64_t, reference_id>>>& kept() const {
    return kept_;
  }

private:
  bool wait_for(const std::uint64_t& what, std::uint64_t more) {
    std::unique_lock<std::mutex> guard{mutex_};
    const auto wanted = what + more;
    return changed_.wait_for(guard, std::chrono::seconds{30}, [&] { return what >= wanted; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<account_id, std::set<std::pair<std::uint64_t, reference_id>>> kept_;
  std::uint64_t count_ = 0, failures_ = 0;
  std::chrono::steady_clock::duration longest_{0};
};

struct load_writer_state {
  std::uint64_t version = 0, started = 0;
  bool stopping = false;
};
using load_writer_pointer = caf::stateful_actor<load_writer_state>*;

/// Loads, appends one to three rows, again and again; loads anew after a failure. Each append bears
/// a reference of its own.
class load_writers {
public:
  load_writers(caf::actor_system& system, const journal_actor& journal, int accounts)
      : self_(system), record_(std::make_shared<load_record>()) {
    for (int i = 0; i < accounts; ++i)
      writers_.push_back(
          system.spawn(writer, journal, "acc-" + std::to_string(i), record_, std::uint64_t(i)));
  }
  ~load_writers() { stop(); }

  load_record& record() { return *record_; }

  /// Waits for what is under way.
  void stop() {
    for (auto& w : std::exchange(writers_, {})) {
      caf::anon_send(w, caf::leave_atom_v);
      self_->wait_for(w);
    }
  }

private:
  static void load(load_writer_pointer self, const journal_actor& journal, const account_id& id,
                   const std::shared_ptr<load_record>& record) {
    self->request(journal, caf::infinite, load_account{id})
        .then(
            [=](const stored_account& stored) {
              self->state.version = stored.version;
              append(self, journal, id, record);
            },
            [=](const caf::error&) { again_later(self, record); });
  }

  static void append(load_writer_pointer self, const journal_actor& journal, const account_id& id,
                     const std::shared_ptr<load_record>& record) {
    if (self->state.stopping) return self->quit();
    const auto count = 1 + ++self->state.started % 3;
    auto request = append_of(id, self->state.version, count);
    for (auto& row : request.rows)
      row.reference =
          "key:" + std::to_string(self->state.started) + ":" + std::to_string(row.version);
    const auto last = request.rows.back();
    const auto sent = std::chrono::steady_clock::now();
    self->request(journal, caf::infinite, request)
        .then(
            [=](const appended& done) {
              record->answered_after(std::chrono::steady_clock::now() - sent);
              record->acknowledged(id, last);
              self->state.version = done.version;
              append(self, journal, id, record);
            },
            [=](const caf::error&) {
              record->answered_after(std::chrono::steady_clock::now() - sent);
              again_later(self, record);
            });
  }

  static void again_later(load_writer_pointer self, const std::shared_ptr<load_record>& record) {
    record->failed();
    if (self->state.stopping) return self->quit();
    self->delayed_send(self, std::chrono::milliseconds{20}, caf::tick_atom_v);
  }

  static caf::behavior writer(load_writer_pointer self, const journal_actor& journal,
                              const account_id& id, const std::shared_ptr<load_record>& record,
                              std::uint64_t salt) {
    self->state.started = salt;
    load(self, journal, id, record);
    return {[=](caf::tick_atom) { load(self, journal, id, record); },
            [=](caf::leave_atom) { self->state.stopping = true; }};
  }

  caf::scoped_actor self_;
  std::shared_ptr<load_record> record_;
  std::vector<caf::actor> writers_;
};

/// Every acknowledged append is stored once, versions have no gap, the books balance, and the
/// outbox holds every row.
inline void expect_nothing_lost(journal_asker& asker, const journal_actor& journal,
                                const load_record& record) {
  std::uint64_t rows_in_all = 0;
  for (const auto& [account, kept] : record.kept()) {
    std::map<std::uint64_t, reference_id> stored;
    for (std::uint64_t from = 1;;) {
      const auto page =
          asker.ask<std::vector<journal_row>>(journal, get_journal{account, from, 10'000});
      for (const auto& row : page) {
        EXPECT_EQ(row.version, stored.size() + 1) << account;
        stored.emplace(row.version, row.reference);
      }
      if (page.size() < 10'000) break;
      from = stored.size() + 1;
    }
    rows_in_all += stored.size();
    for (const auto& [version, reference] : kept) {
      const auto found = stored.find(version);
      EXPECT_TRUE(found != stored.end() && found->second == reference)
          << account << " version " << version << " was acknowledged";
    }
  }
  const auto totals = asker.totals(journal);
  EXPECT_EQ(totals.row_count, rows_in_all);
  EXPECT_TRUE(totals.difference.is_zero()) << totals.difference;
  std::uint64_t after = 0, seen = 0;
  for (;;) {
    const auto page = asker.ask<std::vector<outbox_row>>(journal, get_outbox{after, 10'000});
    if (page.empty()) break;
    seen += page.size();
    after = page.back().position;
  }
  EXPECT_EQ(seen, rows_in_all);
}

} // namespace troupe::test
