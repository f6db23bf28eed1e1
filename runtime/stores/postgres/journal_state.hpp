// The PostgreSQL journal between its messages: what waits, what is under way, and the lease.
// Decides when a batch or a question is sent to a worker and what is said when no answer comes;
// never blocks and knows no SQL. Not the actor's behaviour: that is journal.cpp.
#pragma once
#include "messages/cluster_protocol.hpp"
#include "runtime/stores/postgres/journal.hpp"
#include "runtime/stores/postgres/journal_jobs.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <bitset>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// Internal: who keeps the journal's shards.
struct meet_membership {
  membership_actor membership;
};
using postgres_journal_actor = owned_journal_actor::extend<caf::reacts_to<meet_membership>>;

class postgres_journal_state {
public:
  static inline const char* name = "postgres_journal";

  explicit postgres_journal_state(postgres_journal_actor::pointer self) : self_(self) {}

  /// `known`: called once, when it is known which shards are held.
  void start(const std::string& url, const postgres_journal_options& options,
             std::function<void()> known);
  void meet(const membership_actor& membership);

  /// Queues, or answers with an error at once. @pre why_refused(request) is empty
  void take(account_append& request, caf::typed_response_promise<appended> reply);
  /// `pages`: read beside the short questions. `all`: waits for every append sent before it,
  /// instead of those of `account`'s lane. `letters`: for the short requests before it, too.
  struct question_order {
    bool pages = false, all = false, letters = false;
    const account_id* account = nullptr;
  };
  void take(const std::shared_ptr<ledger_job>& job, const question_order& order);

  /// Sends what can be sent, and every now and then looks at the clock.
  void flush();
  /// The end was asked for, or a worker ended by itself.
  void on_exit(const caf::exit_msg& message);

  /// What the membership says.
  void hold(const hold_shards& all);
  caf::typed_response_promise<bool> drop(const drop_shards& some);

  journal_status status() const;

private:
  using clock = std::chrono::steady_clock;
  enum class holding : std::uint8_t { held, another, unknown };

  struct lane {
    caf::actor worker;
    std::deque<waiting_append> queue;
    std::vector<waiting_append> sent; // of the batch, in its order
    std::shared_ptr<append_batch> batch;
    bool busy = false, doubtful = false, any_behind = false;
    clock::time_point next_try, used; // `used`: when appends were last sent
    std::uint64_t taken = 0;          // appends so far

    /// All of its appends up to this one have an outcome.
    std::uint64_t done() const {
      return !sent.empty() ? sent.front().number - 1
          : !queue.empty() ? queue.front().number - 1
                           : taken;
    }
  };
  struct reading {
    caf::actor worker;
    std::deque<std::shared_ptr<ledger_job>> queue;
    std::vector<std::shared_ptr<ledger_job>> sent;
    clock::time_point sent_at;
    std::chrono::milliseconds patience{0}; // with the queue, and with a call
    std::uint64_t taken = 0;

    std::uint64_t done() const {
      return !sent.empty() ? sent.front()->number - 1
          : !queue.empty() ? queue.front()->number - 1
                           : taken;
    }
  };

  std::vector<caf::actor> workers() const;
  void flush_soon();
  caf::error why_not_taken(const job_cost& size, const account_id* of_lease) const;
  void enqueued(const job_cost& size);
  void forget(const job_cost& size);
  void look_at_clock();

  // Appends: journal_appends.cpp.
  void send_batch(lane& l);
  void call(lane& l, bool settle);
  void on_batch(lane& l, batch_state state, bool settled);
  void resolve(lane& l, bool settled);
  void answer(waiting_append& append, const appended& done);
  void refuse(waiting_append& append, const caf::error& why);
  void refuse_old(lane& l, clock::time_point now);

  // Questions: journal_questions.cpp.
  bool ready(const ledger_job& job) const;
  void send_jobs(reading& r, std::size_t most);
  void on_jobs(reading& r);
  void answer(ledger_job& job);
  void refuse(ledger_job& job, const caf::error& why);
  void refuse_old(reading& r, clock::time_point now);

  // The shards, and the end: journal_lease.cpp.
  void say_held(bool anew);
  void doubt(const std::string& words);
  void lose(const std::bitset<shard_count>& shards);
  void took(const append_batch& batch);
  void refuse_appends_of(const std::bitset<shard_count>& shards);
  bool is_under_way(const std::bitset<shard_count>& shards) const;
  void answer_drops();
  void finish_when_idle();
  void refuse_everything(const caf::error& why);
  void end(caf::error reason);

  void note(bool good, const std::string& words);
  void say(const std::string& words) const {
    if (options_.report) options_.report("journal: " + words);
  }

  struct waiting_drop {
    std::bitset<shard_count> shards;
    caf::typed_response_promise<bool> reply;
  };

  postgres_journal_actor::pointer self_;
  postgres_journal_options options_;
  std::function<void()> known_;
  std::string location_;
  std::vector<lane> lanes_;
  reading short_ones_, pages_;
  membership_actor membership_; // null in a journal that is only read
  // `unknown`: the shards were held, or it is not known yet; what is asked waits.
  holding holding_ = holding::unknown;
  shard_epochs epochs_{};
  std::bitset<shard_count> dropping_; // nothing more is taken for them
  std::vector<waiting_drop> drops_;
  std::uint64_t gains_ = 0, incarnation_ = 0;
  clock::time_point held_until_, next_look_, close_by_;
  job_cost queued_{0, 0};
  bool flush_sent_ = false, failing_ = false, closing_ = false, releasing_ = false;
  caf::error close_reason_;
  std::uint64_t written_rows_ = 0, commits_ = 0;
  std::int64_t last_commit_us_ = 0;
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::meet_membership)
