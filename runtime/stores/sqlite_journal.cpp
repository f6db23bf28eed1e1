#include "runtime/stores/sqlite_journal.hpp"

#include "models/journal_rules.hpp"
#include "runtime/stores/checkpointer.hpp"
#include "runtime/stores/ledger_tables.hpp"
#include "runtime/stores/totals_reader.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

namespace {

// A batch to a thousand accounts dirties some three thousand pages, the same ones again and again:
// a log of 64 MB (less on a small disk) writes them back once for many batches. It is written back
// beside the commits; at four times its length by the journal itself, whatever it costs.
constexpr std::int64_t most_log_pages = 16'000;

/// Trial balances asked for at once.
constexpr std::uint32_t max_open_totals = 4;

struct cost {
  std::uint64_t rows = 1, bytes = 256; // what a small request takes with its promise
};

template<class Request>
cost cost_of(const Request&) {
  return {};
}
cost cost_of(const account_append& x) {
  cost sum{x.rows.size(), 256 + x.snapshot.size()};
  for (const auto& row : x.rows) sum.bytes += sizeof row + row.payload.size();
  return sum;
}
cost cost_of(const put_dead_letter& x) { return {1, 256 + x.letter.body.size()}; }

const char* words_of(errc refusal) {
  switch (refusal) {
  case errc::journal_stale: return "journal: another version is the newest";
  case errc::idempotency_conflict: return "journal: the reference is there";
  case errc::busy: return "journal: too many dead letters wait";
  default: return "journal: does not follow from what is kept";
  }
}

// A request in the queue, until its answer.
struct job {
  cost size;
  bool writes;

  job(cost s, bool w) : size(s), writes(w) {}
  virtual ~job() = default;
  /// False: the transaction is lost.
  virtual bool write(ledger_tables&) { return true; }
  /// Journal rows that a commit has kept of it.
  virtual std::uint64_t rows_written() const { return 0; }
  /// After the commit, or with the error that lost it.
  virtual void answer(ledger_tables& tables, const caf::error& lost) = 0;
  virtual void refuse(const caf::error& why) = 0;
};

template<class Answer, class Request>
struct write_job final : job {
  Request request;
  caf::typed_response_promise<Answer> reply;
  Answer out{};
  errc outcome = errc::none;

  write_job(Request& r, caf::typed_response_promise<Answer> p)
      : job(cost_of(r), true), request(std::move(r)), reply(std::move(p)) {}
  bool write(ledger_tables& tables) override {
    outcome = tables.add(request, out);
    return outcome != errc::store_unavailable;
  }
  std::uint64_t rows_written() const override {
    if constexpr (std::is_same_v<Request, account_append>)
      return outcome == errc::none ? request.rows.size() : 0;
    else
      return 0;
  }
  void answer(ledger_tables&, const caf::error& lost) override {
    if (lost)
      refuse(lost);
    else if (outcome != errc::none)
      refuse(caf::make_error(outcome, words_of(outcome)));
    else
      reply.deliver(std::move(out));
  }
  void refuse(const caf::error& why) override { reply.deliver(why); }
};

// Reads what is committed, whatever became of the writes beside it.
template<class Answer, class Question>
struct read_job final : job {
  Question question;
  caf::typed_response_promise<Answer> reply;

  read_job(Question& q, caf::typed_response_promise<Answer> p)
      : job(cost_of(q), false), question(std::move(q)), reply(std::move(p)) {}
  void answer(ledger_tables& tables, const caf::error&) override {
    Answer out{};
    if (tables.read(question, out))
      reply.deliver(std::move(out));
    else
      refuse(caf::make_error(errc::store_unavailable, tables.take_error()));
  }
  void refuse(const caf::error& why) override { reply.deliver(why); }
};

struct journal_state {
  static inline const char* name = "sqlite_journal";

  std::shared_ptr<ledger_tables> tables;
  totals_actor totals;
  checkpointer_actor checkpointer;
  sqlite_journal_options options;
  std::deque<std::unique_ptr<job>> queue;
  cost queued{0, 0};
  std::uint32_t open_totals = 0; // questions that wait for the reader
  bool flush_sent = false, failing = false, checkpointing = false;
  std::string location;
  std::int64_t log_pages_due = most_log_pages;
  std::uint64_t written_rows = 0, commits = 0;
  std::int64_t last_commit_us = 0;

  bool room_for(const cost& size) const {
    return queued.rows + size.rows <= options.max_queued_rows
        && queued.bytes + size.bytes <= options.max_queued_bytes;
  }

  void push(std::unique_ptr<job> next) {
    queued.rows += next->size.rows;
    queued.bytes += next->size.bytes;
    queue.push_back(std::move(next));
  }

  std::unique_ptr<job> take_front() {
    auto front = std::move(queue.front());
    queue.pop_front();
    queued.rows -= front->size.rows;
    queued.bytes -= front->size.bytes;
    return front;
  }

  // Requests at the front that go into the next transaction.
  std::size_t next_batch() const {
    std::size_t count = 0;
    for (std::uint64_t rows = 0; count < queue.size() && rows < options.max_transaction_rows;)
      rows += queue[count++]->size.rows;
    return count;
  }

  bool write(std::size_t count) {
    bool good = tables->begin();
    for (std::size_t i = 0; good && i < count; ++i) good = queue[i]->write(*tables);
    good = good && tables->commit();
    if (!good) tables->rollback();
    return good;
  }

  // Commits one transaction and answers it. Questions among the writes are read after the commit,
  // so that they cost no transaction of their own.
  bool commit_batch() {
    const auto count = next_batch();
    bool writes = false;
    for (std::size_t i = 0; i < count; ++i) writes |= queue[i]->writes;
    const auto start = std::chrono::steady_clock::now();
    const bool good = !writes || write(count);
    const auto lost = writes ? note_outcome(good) : caf::error{};
    if (writes && good) {
      ++commits;
      last_commit_us = std::chrono::duration_cast<std::chrono::microseconds>(
                           std::chrono::steady_clock::now() - start)
                           .count();
      for (std::size_t i = 0; i < count; ++i) written_rows += queue[i]->rows_written();
    }
    for (std::size_t i = 0; i < count; ++i) take_front()->answer(*tables, lost);
    return good;
  }

  // Stops at a failure: each try may wait for the file.
  void commit_all() {
    while (!queue.empty() && commit_batch()) {
    }
  }

  void close() {
    commit_all();
    const auto error = caf::make_error(errc::store_unavailable, "journal: closed");
    while (!queue.empty()) take_front()->refuse(error);
  }

  journal_status status() const {
    journal_status out;
    out.kind = "sqlite";
    out.location = location;
    out.queued_rows = queued.rows;
    out.written_rows = written_rows;
    out.commits = commits;
    out.last_commit_us = last_commit_us;
    out.failing = failing;
    return out;
  }

  // The error to answer with after a failure; people are told once at its beginning and end.
  caf::error note_outcome(bool good) {
    const auto words = good ? std::string{} : tables->take_error();
    if (options.report && good == failing)
      options.report(good ? "journal: writing again" : "journal: " + words);
    failing = !good;
    return good ? caf::error{} : caf::make_error(errc::store_unavailable, words);
  }
};

using journal_pointer = journal_actor::stateful_pointer<journal_state>;

// The flush lands behind what is in the mailbox: under load many requests share a transaction,
// and what is past the bound is refused while it waits.
void flush_later(journal_pointer self) {
  if (std::exchange(self->state.flush_sent, true)) return;
  self->send(self, caf::flush_atom_v);
}

template<template<class, class> class Job, class Answer, class Request>
auto queued(journal_pointer self) {
  return [self](Request& request) {
    auto& s = self->state;
    auto reply = self->make_response_promise<Answer>();
    if (auto why = why_refused(request); !why.empty()) {
      reply.deliver(caf::make_error(errc::validation_error, "journal: " + why));
    } else if (!s.room_for(cost_of(request))) {
      reply.deliver(caf::make_error(errc::busy, "journal: queue full"));
    } else {
      s.push(std::make_unique<Job<Answer, Request>>(request, reply));
      flush_later(self);
    }
    return reply;
  };
}

void checkpoint_if_due(journal_pointer self) {
  auto& s = self->state;
  if (s.tables->log_pages() >= 4 * s.log_pages_due) s.tables->checkpoint();
  if (s.checkpointing || s.tables->log_pages() < s.log_pages_due) return;
  s.checkpointing = true;
  // What was committed meanwhile is little: brought in here, it lets the log begin anew.
  const auto done = [self] {
    self->state.checkpointing = false;
    self->state.tables->checkpoint();
  };
  self->request(s.checkpointer, caf::infinite, caf::flush_atom_v)
      .then([=](bool) { done(); }, [=](const caf::error&) { done(); });
}

// Answered beside the commits: what was sent before is committed first, then the reader has it.
caf::typed_response_promise<ledger_totals> ask_totals(journal_pointer self) {
  auto& s = self->state;
  auto reply = self->make_response_promise<ledger_totals>();
  if (s.open_totals >= max_open_totals) {
    reply.deliver(caf::make_error(errc::busy, "journal: too many trial balances at once"));
    return reply;
  }
  s.commit_all();
  ++s.open_totals;
  self->request(s.totals, caf::infinite, get_trial_balance{})
      .then(
          [=](const ledger_totals& sums) mutable {
            --self->state.open_totals;
            reply.deliver(sums);
          },
          [=](const caf::error& e) mutable {
            --self->state.open_totals;
            reply.deliver(e);
          });
  return reply;
}

journal_actor::behavior_type
sqlite_journal(journal_pointer self, const std::shared_ptr<ledger_tables>& tables,
               const totals_actor& totals, const checkpointer_actor& checkpointer,
               const std::string& path, const sqlite_journal_options& options) {
  self->state.location = path;
  self->state.log_pages_due = log_pages(path, most_log_pages);
  self->state.tables = tables;
  self->state.totals = totals;
  self->state.checkpointer = checkpointer;
  self->state.options = options;
  self->set_exit_handler([=](caf::exit_msg& m) {
    self->state.close();
    self->send_exit(self->state.totals, m.reason);
    self->send_exit(self->state.checkpointer, m.reason);
    self->quit(std::move(m.reason));
  });
  return {
      queued<write_job, appended, account_append>(self),
      queued<read_job, stored_account, load_account>(self),
      queued<read_job, std::vector<journal_row>, get_journal>(self),
      queued<read_job, std::vector<journal_row>, find_reference>(self),
      [=](get_trial_balance) { return ask_totals(self); },
      queued<read_job, std::vector<account_id>, get_account_ids>(self),
      queued<write_job, std::uint64_t, put_dead_letter>(self),
      queued<read_job, std::vector<dead_letter>, get_dead_letters>(self),
      queued<write_job, bool, mark_replayed>(self),
      queued<read_job, std::vector<outbox_row>, get_outbox>(self),
      queued<write_job, std::uint64_t, put_outbox_cursor>(self),
      queued<read_job, std::uint64_t, get_outbox_cursor>(self),
      [=](get_journal_status) { return self->state.status(); },
      [=](caf::flush_atom) {
        auto& s = self->state;
        s.flush_sent = false;
        s.commit_batch();
        checkpoint_if_due(self);
        if (!s.queue.empty()) flush_later(self);
      },
  };
}

} // namespace

spawned_journal spawn_sqlite_journal(caf::actor_system& system, const std::string& path,
                                     const sqlite_journal_options& options) {
  spawned_journal result;
  const std::shared_ptr<ledger_tables> tables =
      ledger_tables::open(path, options.busy_timeout_ms, options.max_pages, result.error);
  if (!tables) return result;
  const auto totals = spawn_totals_reader(system, path, options.busy_timeout_ms, options.detached);
  const auto checkpointer =
      spawn_checkpointer(system, path, options.busy_timeout_ms, options.detached);
  result.handle = options.detached
      ? system.spawn<caf::detached>(sqlite_journal, tables, totals, checkpointer, path, options)
      : system.spawn(sqlite_journal, tables, totals, checkpointer, path, options);
  return result;
}

} // namespace troupe
