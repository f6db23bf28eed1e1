#include "actors/cluster/fenced_journal.hpp"

#include "messages/types.hpp"
#include "models/journal_rules.hpp"
#include "models/placement.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace troupe {

namespace {

caf::error fenced() {
  return caf::make_error(errc::journal_fenced, "journal: the shard has another owner");
}
caf::error lost_on_the_way() {
  return caf::make_error(errc::store_unavailable, "journal: lost on the way");
}

class fenced_state {
public:
  static inline const char* name = "fenced_journal";

  explicit fenced_state(owned_journal_actor::pointer self) : self_(self) {}

  void start(fenced_journal_options options) { options_ = std::move(options); }

  memory_book& book() { return *options_.book; }

  caf::result<appended> append(account_append& request) {
    if (auto why = why_refused(request); !why.empty())
      return caf::make_error(errc::validation_error, "journal: " + why);
    const auto claim = claim_for(request.account);
    if (claim.epoch == 0) return fenced();
    const auto path = options_.path ? options_.path() : journal_path{};
    if (options_.sent) options_.sent(request, claim);
    auto promise = self_->make_response_promise<appended>();
    travel(path, [this, claim, path, promise, request = std::move(request)]() mutable {
      if (!path.arrives) return answer(path, promise, lost_on_the_way());
      keep(claim, path, promise, request);
    });
    return promise;
  }

  caf::result<stored_account> load(const load_account& question) {
    if (auto why = why_refused(question); !why.empty())
      return caf::make_error(errc::validation_error, "journal: " + why);
    const auto claim = claim_for(question.account);
    if (claim.epoch == 0) return fenced();
    const auto path = options_.path ? options_.path() : journal_path{};
    auto promise = self_->make_response_promise<stored_account>();
    travel(path, [this, claim, path, promise, question]() mutable {
      if (!path.arrives || !path.is_answered) return answer(path, promise, lost_on_the_way());
      if (!may_append(claim)) return answer(path, promise, fenced());
      answer(path, promise, book().answer(question));
    });
    return promise;
  }

  bool hold(const hold_shards& all) {
    held_.fill(0);
    until_ns_ = all.until_ns;
    for (const auto& claim : all.claims) held_[claim.shard % shard_count] = claim.epoch;
    return true;
  }

  // Answered behind everything that set out before.
  caf::result<bool> drop(const drop_shards& some) {
    for (auto s : some.shards) held_[s % shard_count] = 0;
    auto promise = self_->make_response_promise<bool>();
    travel({}, [promise]() mutable { promise.deliver(true); });
    return promise;
  }

  void run_due() {
    while (!jobs_.empty() && jobs_.begin()->first <= now()) {
      auto job = std::move(jobs_.begin()->second);
      jobs_.erase(jobs_.begin());
      job();
    }
  }

private:
  std::int64_t now() const { return self_->clock().now().time_since_epoch().count(); }

  shard_claim claim_for(const account_id& id) const {
    const auto shard = static_cast<std::uint16_t>(shard_of(id));
    return {shard, now() < until_ns_ ? held_[shard] : 0};
  }

  bool may_append(const shard_claim& claim) const {
    return options_.may_append ? options_.may_append(claim)
                               : options_.leases->owns(options_.name, claim);
  }

  void keep(const shard_claim& claim, const journal_path& path,
            caf::typed_response_promise<appended>& promise, account_append& request) {
    if (!may_append(claim)) return answer(path, promise, fenced());
    appended done{request.account, request.rows.back().version};
    const auto result = book().keep(request, options_.name, claim.epoch);
    if (result.err)
      answer(path, promise, result.err);
    else if (!path.is_answered)
      answer(path, promise, lost_on_the_way());
    else
      answer(path, promise, std::move(done));
  }

  void travel(const journal_path& path, std::function<void()> job) {
    arrival_ns_ = std::max(arrival_ns_, now() + path.there_ns);
    after(arrival_ns_, std::move(job));
  }

  template<class Answer, class What>
  void answer(const journal_path& path, caf::typed_response_promise<Answer> promise, What what) {
    return_ns_ = std::max(return_ns_, now() + path.back_ns);
    after(return_ns_,
          [promise, what = std::move(what)]() mutable { promise.deliver(std::move(what)); });
  }

  // In the order of their times, and those of one time in the order they came.
  void after(std::int64_t due_ns, std::function<void()> job) {
    if (due_ns <= now() && (jobs_.empty() || jobs_.begin()->first > now())) return job();
    jobs_.emplace(due_ns, std::move(job));
    caf::delayed_anon_send(self_,
                           std::chrono::nanoseconds{std::max<std::int64_t>(due_ns - now(), 0)},
                           caf::flush_atom_v);
  }

  owned_journal_actor::pointer self_;
  fenced_journal_options options_;
  std::array<std::uint64_t, shard_count> held_{};
  std::int64_t until_ns_ = 0;
  std::int64_t arrival_ns_ = 0, return_ns_ = 0; // of the newest request, and answer
  std::multimap<std::int64_t, std::function<void()>> jobs_;
};

template<class Answer, class Request>
auto answered(fenced_state& s) {
  return [&s](Request& request) -> caf::result<Answer> {
    if (auto why = why_refused(request); !why.empty())
      return caf::make_error(errc::validation_error, "journal: " + why);
    return s.book().answer(request);
  };
}

owned_journal_actor::behavior_type
fenced_journal(owned_journal_actor::stateful_pointer<fenced_state> self,
               fenced_journal_options options) {
  auto& s = self->state;
  s.start(std::move(options));
  return {
      [&s](account_append& request) { return s.append(request); },
      [&s](const load_account& question) { return s.load(question); },
      answered<std::vector<journal_row>, get_journal>(s),
      answered<std::vector<journal_row>, find_reference>(s),
      [&s](get_trial_balance question) { return s.book().answer(question); },
      answered<std::vector<account_id>, get_account_ids>(s),
      answered<std::uint64_t, put_dead_letter>(s),
      answered<std::vector<dead_letter>, get_dead_letters>(s),
      answered<bool, mark_replayed>(s),
      answered<std::vector<outbox_row>, get_outbox>(s),
      answered<std::uint64_t, put_outbox_cursor>(s),
      answered<std::uint64_t, get_outbox_cursor>(s),
      [&s](get_journal_status) {
        journal_status out;
        out.kind = out.location = "memory";
        out.lease = "held";
        out.written_rows = s.book().order().size();
        return out;
      },
      [&s](caf::flush_atom) { s.run_due(); },
      [&s](const hold_shards& all) { return s.hold(all); },
      [&s](const drop_shards& some) { return s.drop(some); },
  };
}

} // namespace

owned_journal_actor spawn_fenced_journal(caf::actor_system& system,
                                         fenced_journal_options options) {
  return system.spawn(fenced_journal, std::move(options));
}

} // namespace troupe
