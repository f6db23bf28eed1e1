// What waits in the PostgreSQL journal between a request and its answer, and the workers that block
// on its behalf. A job is in one thread's hands at a time, but for its promise, which only the
// journal touches: it may answer that nothing is known while a worker still tries.
#pragma once
#include "messages/journal_protocol.hpp"
#include "models/journal_rules.hpp"
#include "runtime/stores/postgres/ledger_reader.hpp"
#include "runtime/stores/postgres/ledger_writer.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

struct job_cost {
  std::uint64_t rows = 1, bytes = 256; // what a small request takes with its promise
};

template<class Request>
job_cost cost_of(const Request&) {
  return {};
}
inline job_cost cost_of(const account_append& x) {
  job_cost sum{x.rows.size(), 256 + x.snapshot.size()};
  for (const auto& row : x.rows) sum.bytes += sizeof row + row.payload.size();
  return sum;
}
inline job_cost cost_of(const put_dead_letter& x) { return {1, 256 + x.letter.body.size()}; }

/// An append until its answer. `reply` is pending until it has one.
struct waiting_append {
  account_append request; // moved into the batch while that is under way
  caf::typed_response_promise<appended> reply;
  std::chrono::steady_clock::time_point since;
  job_cost size;
  std::uint64_t number = 0; // in its lane, from 1
};

/// A question, or a small request, until its answer.
class ledger_job {
public:
  virtual ~ledger_job() = default;

  /// In the worker.
  virtual void run(ledger_reader& reader) = 0;
  /// The account to be loaded, and where to; several are read at once.
  virtual std::pair<const account_id*, stored_account*> load() { return {nullptr, nullptr}; }
  void failed(read_outcome why) { outcome_ = std::move(why); }

  /// In the journal: the answer, after run(), or what is said instead of it.
  virtual void answer() = 0;
  virtual void refuse(const caf::error& why) = 0;

  std::chrono::steady_clock::time_point since;
  job_cost size;
  std::uint64_t number = 0; // in its queue, from 1
  bool is_load = false, answered = false;
  std::vector<std::uint64_t> after; // how much of each queue must be done before it

protected:
  read_outcome outcome_;
};

template<class Answer, class Request>
class ledger_job_for final : public ledger_job {
public:
  ledger_job_for(Request request, caf::typed_response_promise<Answer> reply)
      : request_(std::move(request)), reply_(std::move(reply)) {
    is_load = std::is_same_v<Request, load_account>;
    size = cost_of(request_);
  }

  void run([[maybe_unused]] ledger_reader& reader) override {
    if constexpr (!std::is_same_v<Request, load_account>) outcome_ = reader.answer(request_, out_);
  }
  std::pair<const account_id*, stored_account*> load() override {
    if constexpr (std::is_same_v<Request, load_account>)
      return {&request_.account, &out_};
    else
      return {nullptr, nullptr};
  }
  void answer() override {
    if (outcome_.code != errc::none)
      refuse(caf::make_error(outcome_.code, "journal: " + outcome_.words));
    else
      reply_.deliver(std::move(out_));
  }
  void refuse(const caf::error& why) override { reply_.deliver(why); }

private:
  Request request_;
  caf::typed_response_promise<Answer> reply_;
  Answer out_{};
};

/// What a lane is told, and answers with a batch_state: to write a batch, or to settle a doubtful
/// one.
struct lane_task {
  std::shared_ptr<append_batch> batch;
  bool settle = false;
};

/// What a reader is told, and answers with true when all have run.
struct reader_task {
  std::vector<std::shared_ptr<ledger_job>> jobs;
};

/// A thread and connection of its own each.
caf::actor spawn_lane(caf::actor_system& system, const std::string& url, const std::string& node,
                      std::uint32_t lanes, std::uint32_t lane);
caf::actor spawn_ledger_reader(caf::actor_system& system, const std::string& url);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::lane_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::batch_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::reader_task)
