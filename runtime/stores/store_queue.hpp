// The actor of every durable store. Writes wait in a bounded queue and are committed many to a
// transaction; an answer comes after its commit, in order, and a question sees everything put
// before it. Which rows mean what is the tables' matter; no rule of trading is here.
#pragma once
#include "actors/quotes.hpp"
#include "models/storable.hpp"
#include "runtime/stores/store_write.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace troupe {

namespace queueing {

using receipt_promise = caf::typed_response_promise<put_receipt>;
using steady = std::chrono::steady_clock;

struct queued_write {
  store_write write;
  std::uint64_t rows;
  receipt_promise reply;
};

struct retention_job {
  apply_retention limits;
  std::uint64_t deleted = 0;
  caf::typed_response_promise<std::uint64_t> reply;
};

// An empty request has its place in the queue too.
inline std::uint64_t rows_of(const put_candles& x) {
  return x.candles.empty() ? 1 : x.candles.size();
}
inline std::uint64_t rows_of(const put_log& x) { return x.rows() == 0 ? 1 : x.rows(); }
inline std::uint64_t rows_of(const put_spreads& x) { return x.rows.empty() ? 1 : x.rows.size(); }
inline std::uint64_t rows_of(const put_note&) { return 1; }
inline std::uint64_t rows_of(const swap_note&) { return 1; }

template<class Tables>
struct store_state {
  static inline const char* name = "store";

  std::shared_ptr<Tables> tables;
  store_queue_options options;
  std::deque<queued_write> queue;
  std::optional<retention_job> retention;
  store_status status;
  bool flush_sent = false, failing = false;

  // Requests at the front that go into the next transaction.
  std::size_t next_batch() const {
    std::size_t count = 0;
    for (std::uint64_t rows = 0; count < queue.size() && rows < options.max_transaction_rows;)
      rows += queue[count++].rows;
    return count;
  }

  bool write(std::size_t count) {
    write_batch batch;
    for (std::size_t i = 0; i < count; ++i) batch.push_back(&queue[i].write);
    return tables->write(batch);
  }

  // Commits one transaction and answers it: all of it or nothing.
  bool commit_batch() {
    const auto count = next_batch();
    if (count == 0) return true;
    const auto start = steady::now();
    const bool good = write(count);
    const auto error = note_outcome(good);
    status.last_commit_ms =
        std::chrono::duration<double, std::milli>(steady::now() - start).count();
    if (good) ++status.commits;
    for (std::size_t i = 0; i < count; ++i) {
      auto done = take_front();
      if (good) {
        status.written_rows += done.write.receipt.added;
        done.reply.deliver(done.write.receipt);
      } else {
        done.reply.deliver(error);
      }
    }
    return good;
  }

  queued_write take_front() {
    auto front = std::move(queue.front());
    queue.pop_front();
    status.queued_rows -= front.rows;
    return front;
  }

  // Stops at a failure: each try may wait for the file, and the pending flush goes on with the
  // rest.
  void commit_all() {
    while (!queue.empty() && commit_batch()) {
    }
  }

  void close() {
    commit_all();
    const auto error = caf::make_error(errc::store_unavailable, "store: closed");
    while (!queue.empty()) take_front().reply.deliver(error);
    if (retention) retention->reply.deliver(error);
  }

  // Deletes one slice; writes that came meanwhile go before the next.
  void retention_slice() {
    if (!retention) return;
    std::uint64_t deleted = 0;
    const bool good = tables->erase_some(retention->limits, options.retention_slice_rows, deleted);
    const auto error = note_outcome(good);
    retention->deleted += deleted;
    if (good && deleted == options.retention_slice_rows) return;
    auto job = std::move(*retention);
    retention.reset();
    if (good)
      job.reply.deliver(job.deleted);
    else
      job.reply.deliver(error);
  }

  // The error to answer with after a failure; people are told once at its beginning and end.
  caf::error note_outcome(bool good) {
    const auto words = good ? std::string{} : tables->take_error();
    if (options.report && good == failing)
      options.report(good ? "store: writing again" : "store: " + words);
    failing = status.failing = !good;
    return good ? caf::error{} : caf::make_error(errc::store_unavailable, words);
  }
};

template<class Tables>
using store_pointer = market_store_actor::stateful_pointer<store_state<Tables>>;

// The flush lands behind what is in the mailbox: under load many requests share a transaction,
// and what is past the bound is refused while it waits.
template<class Tables>
void flush_later(store_pointer<Tables> self) {
  if (std::exchange(self->state.flush_sent, true)) return;
  self->send(self, caf::flush_atom_v);
}

template<class Tables, class Request>
receipt_promise enqueue(store_pointer<Tables> self, Request& request) {
  auto& s = self->state;
  auto reply = self->template make_response_promise<put_receipt>();
  const auto rows = rows_of(request);
  if (auto why = why_unstorable(request); !why.empty()) {
    reply.deliver(caf::make_error(errc::validation_error, why));
  } else if (rows > s.options.max_queued_rows) {
    reply.deliver(caf::make_error(errc::payload_too_large, "store: more rows than its queue"));
  } else if (s.status.queued_rows + rows > s.options.max_queued_rows) {
    reply.deliver(caf::make_error(errc::busy, "store: queue full"));
  } else {
    s.status.queued_rows += rows;
    s.queue.push_back({{std::move(request), {}}, rows, reply});
    flush_later(self);
  }
  return reply;
}

template<class Answer, class Tables, class Question>
caf::result<Answer> answer(store_pointer<Tables> self, const Question& question) {
  auto& s = self->state;
  s.commit_all();
  Answer out{};
  if (s.tables->read(question, out)) return out;
  return caf::make_error(errc::store_unavailable, s.tables->take_error());
}

template<class Tables>
market_store_actor::behavior_type
store_queue(store_pointer<Tables> self, const std::shared_ptr<Tables>& tables,
            const store_queue_options& options, const std::string& location) {
  auto& state = self->state;
  state.tables = tables;
  state.options = options;
  state.status.kind = Tables::kind;
  state.status.location = location;
  self->set_exit_handler([=](caf::exit_msg& m) {
    self->state.close();
    self->quit(std::move(m.reason));
  });
  return {
      [=](put_candles& request) { return enqueue(self, request); },
      [=](put_log& request) { return enqueue(self, request); },
      [=](const get_candles& question) -> caf::result<std::vector<candle>> {
        if (question.limit == 0) return caf::make_error(errc::validation_error, "limit is 0");
        return answer<std::vector<candle>>(self, question);
      },
      [=](const get_signals& question) -> caf::result<signal_page> {
        if (question.limit == 0 || question.limit > max_signal_page)
          return caf::make_error(errc::validation_error, "limit is not 1 to 500");
        return answer<signal_page>(self, question);
      },
      [=](const get_open_rows& question) { return answer<open_rows>(self, question); },
      [=](const get_spans& question) { return answer<std::vector<candle_span>>(self, question); },
      [=](const apply_retention& limits) {
        auto reply = self->template make_response_promise<std::uint64_t>();
        if (self->state.retention) {
          reply.deliver(caf::make_error(errc::busy, "store: retention is under way"));
        } else {
          self->state.retention = retention_job{limits, 0, reply};
          flush_later(self);
        }
        return reply;
      },
      [=](put_note& request) { return enqueue(self, request); },
      [=](swap_note& request) { return enqueue(self, request); },
      [=](const get_note& question) { return answer<std::string>(self, question); },
      [=](get_store_status) { return self->state.status; },
      [=](caf::flush_atom) {
        auto& s = self->state;
        s.flush_sent = false;
        s.commit_batch();
        s.retention_slice();
        if (!s.queue.empty() || s.retention) flush_later(self);
      },
      [=](put_spreads& request) { return enqueue(self, request); },
      [=](const get_spreads& question) { return answer<spread_row>(self, question); },
  };
}

} // namespace queueing

/// Spawns the actor over `tables`, which it then uses alone. After a false from any of these,
/// `take_error()` says why in one line:
///   bool write(const write_batch&)  all of it in one transaction, receipts filled; or nothing
///   bool erase_some(const apply_retention&, std::uint32_t max_rows, std::uint64_t& deleted)
///   bool read(const Question&, Answer&)  for get_candles, get_signals, get_open_rows,
///     get_spans, get_note, get_spreads
/// Answers: errc::validation_error for what cannot be kept, store_unavailable while the tables
/// refuse (nothing of the request was kept; the next try may succeed). An exit message commits what
/// is queued before the actor ends and the tables are let go.
template<class Tables>
market_store_actor
spawn_store_queue(caf::actor_system& system, const std::shared_ptr<Tables>& tables,
                  const store_queue_options& options, const std::string& location) {
  return options.detached
      ? system.spawn<caf::detached>(queueing::store_queue<Tables>, tables, options, location)
      : system.spawn(queueing::store_queue<Tables>, tables, options, location);
}

} // namespace troupe
