#include "actors/account.hpp"

#include "actors/account_errors.hpp"
#include "actors/account_replay.hpp"
#include "actors/account_rows.hpp"
#include "models/account/bytes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <iterator>
#include <list>
#include <string>
#include <utility>

namespace troupe {

namespace {

using options_ptr = std::shared_ptr<const account_options>;
using receipt_promise = caf::typed_response_promise<receipt>;

template<class Promise, class Answer>
void reply(Promise& promise, Answer&& answer) {
  promise.deliver(std::forward<Answer>(answer));
}

template<class Command>
reference_id reference_of(const Command& c) {
  if constexpr (std::is_same_v<Command, tick_account>)
    return {};
  else
    return c.reference;
}

template<class Command>
std::uint64_t hash_of(const Command& c) {
  if constexpr (std::is_same_v<Command, tick_account>)
    return 0;
  else
    return content_of(c, static_cast<std::uint8_t>(account_command{c}.index()));
}

class account_state {
public:
  static inline const char* name = "account";

  explicit account_state(account_actor::pointer self) : self_(self) {}

  void start(account_id id, options_ptr options, const std::optional<sleeping_account>& slept) {
    id_ = std::move(id);
    options_ = std::move(options);
    self_->set_exit_handler([this](const caf::exit_msg&) { fail("is to end", unavailable()); });
    if (slept && wake(*slept)) return;
    self_->request(options_->journal, caf::infinite, load_account{id_})
        .then([this](const stored_account& stored) { loaded(stored); },
              [this](const caf::error& e) { fail("cannot be loaded", e); });
  }

  template<class Command>
  caf::result<receipt> take(Command& command) {
    auto promise = self_->make_response_promise<receipt>();
    if (account_ || failed_) {
      decide(command, promise);
    } else if (held_back_.size() >= options_->max_in_flight) {
      promise.deliver(too_busy());
    } else {
      held_back_.push_back(
          [this, command = std::move(command), promise]() mutable { decide(command, promise); });
    }
    return promise;
  }

  caf::result<account_view> answer(const get_account& question) {
    auto promise = self_->make_response_promise<account_view>();
    if (account_ || failed_)
      show(question, promise);
    else if (held_back_.size() >= options_->max_in_flight)
      promise.deliver(too_busy());
    else
      held_back_.push_back([this, question, promise]() mutable { show(question, promise); });
    return promise;
  }

  void fall_asleep_when_quiet(const fall_asleep& question) {
    asked_ = question.number;
    fall_asleep_if_asked();
  }

private:
  // An answer that waits until `version` is committed. A refusal rests on the newest version it saw
  // and appends nothing.
  struct held_answer {
    std::uint64_t version = 0;
    bool appends = false;
    std::uint64_t content = 0; // of the command; 0 with a refusal that need not be looked up
    refusal why = refusal::none;
    receipt answer;
    receipt_promise promise;
    account_figures after; // what is seen from outside once this is committed
    std::unique_ptr<transfer_opened> opened;
  };
  // There only while something is in flight: idle accounts are many, and most have one command at a
  // time, for which a list takes one allocation.
  struct in_flight {
    std::list<held_answer> answers;
    account_figures committed;
  };

  void say(log_level level, const std::string& text) const {
    if (options_->log) options_->log(level, "account " + id_ + ": " + text);
  }

  void loaded(const stored_account& stored) {
    auto rebuilt = rebuild(id_, stored);
    if (!rebuilt) return fail("what the journal holds is not an account", {});
    hold(std::move(*rebuilt));
    for (const auto& t : account_->transfers()) tell({id_, t.id, t.to, t.amount});
    let_go();
    fall_asleep_if_asked();
  }

  void hold(rebuilt_account&& rebuilt) {
    account_.emplace(std::move(rebuilt.state));
    head_ = rebuilt.head;
    snapshot_version_ = rebuilt.snapshot_version;
    committed_ = account_->version();
  }

  bool wake(const sleeping_account& slept) {
    auto state = account::from_bytes(slept.state);
    if (!state || state->id() != id_) return false;
    hold({std::move(*state), slept.head, slept.snapshot_version});
    return true;
  }

  // Only what is committed is told, and never while somebody waits or money is in transit.
  void fall_asleep_if_asked() {
    if (asked_ == 0 || !account_ || failed_ || flight_ || lookups_ > 0) return;
    if (!account_->transfers().empty()) return;
    auto whom = caf::actor_cast<accounts_actor>(options_->registry);
    if (!whom) return;
    sleeping_account kept{{}, head_, snapshot_version_};
    if (account_->exists()) kept.state = account_->to_bytes();
    self_->send(whom, fell_asleep{id_, std::exchange(asked_, 0), std::move(kept)});
  }

  void let_go() {
    for (auto& run : std::exchange(held_back_, {})) run();
    held_back_.shrink_to_fit();
  }

  // The state is not known any more. Who asks from here on is answered by the one built next.
  void fail(const std::string& what, const caf::error& why) {
    if (failed_) return;
    failed_ = true;
    say(is_expected(why) ? log_level::debug : log_level::warn,
        what + (why ? ": " + self_->system().render(why) : ""));
    if (auto flight = std::exchange(flight_, nullptr))
      for (auto& held : flight->answers) held.promise.deliver(unavailable());
    let_go();
    if (lookups_ == 0) self_->quit(unavailable());
  }

  template<class Command>
  void decide(const Command& command, receipt_promise& promise) {
    if (failed_) return reply(promise, unavailable());
    if (flight_ && flight_->answers.size() >= options_->max_in_flight)
      return reply(promise, too_busy());
    auto verdict = account_->judge(command);
    if (verdict.repeated()) return repeat(std::move(*verdict.earlier), promise);
    if (verdict.refused()) return refuse(command, verdict.why, promise);
    if (!verdict.events.empty()) return append(verdict, hash_of(command), promise);
    receipt nothing; // a tick that came too early
    nothing.version = committed_;
    nothing.at = command.at;
    promise.deliver(std::move(nothing));
  }

  // A repeat of what is still in flight waits behind it, and is answered with it. The first answer
  // at or above its version is the append that holds it, whose last event may be a later one.
  void repeat(receipt first, receipt_promise& promise) {
    if (first.version <= committed_) return reply(promise, std::move(first));
    auto& answers = flight_->answers;
    const auto behind = std::find_if(answers.begin(), answers.end(), [&](const held_answer& x) {
      return x.version >= first.version;
    });
    held_answer held;
    held.version = behind->version;
    held.answer = std::move(first);
    held.promise = std::move(promise);
    held.after = behind->after;
    answers.insert(std::next(behind), std::move(held));
  }

  template<class Command>
  void refuse(const Command& command, refusal why, receipt_promise& promise) {
    if (says_nothing_of_state(why)) return reply(promise, error_of(why));
    held_answer held;
    held.version = account_->version();
    held.why = why;
    held.answer.reference = reference_of(command);
    // While the account still remembers every reference, one it does not know was never used.
    const bool may_be_older = account_->version() > recent_references::kept_always
        && why != refusal::reference_conflict && !held.answer.reference.empty();
    held.content = may_be_older ? hash_of(command) : 0;
    held.promise = promise;
    if (!flight_) return deliver(held);
    held.after = flight_->answers.back().after;
    flight_->answers.push_back(std::move(held));
  }

  void append(const verdict& decided, std::uint64_t content, receipt_promise& promise) {
    account_append request{id_, account_->version(), rows_of(decided.events, head_), {}};
    if (!flight_) flight_ = std::make_unique<in_flight>(in_flight{{}, figures_of(*account_)});
    try {
      for (const auto& e : decided.events) account_->fold(e);
    } catch (const std::exception& e) {
      promise.deliver(caf::make_error(errc::internal, e.what()));
      return fail(std::string{"cannot fold what it decided: "} + e.what(), {});
    }
    const auto version = account_->version();
    if (version - snapshot_version_ >= options_->snapshot_rows) {
      request.snapshot = account_->to_bytes();
      snapshot_version_ = version;
    }
    auto& held = flight_->answers.emplace_back();
    held.version = version;
    held.appends = true;
    held.content = content;
    held.answer = receipt_of(decided);
    if (held.answer.reference.empty()) held.answer.version = version;
    held.promise = std::move(promise);
    held.after = figures_of(*account_);
    for (const auto& e : decided.events)
      if (auto opened = opened_by(id_, e))
        held.opened = std::make_unique<transfer_opened>(std::move(*opened));
    self_->request(options_->journal, caf::infinite, std::move(request))
        .then([this, version](const appended&) { committed(version); },
              [this, version](const caf::error& e) { refused(version, e); });
  }

  void committed(std::uint64_t version) {
    if (!flight_) return; // failed meanwhile
    committed_ = version;
    auto& answers = flight_->answers;
    while (!answers.empty() && answers.front().version <= version) {
      auto held = std::move(answers.front());
      answers.pop_front();
      flight_->committed = held.after;
      deliver(held);
      if (held.opened) tell(*held.opened);
    }
    if (!answers.empty()) return;
    flight_.reset();
    fall_asleep_if_asked();
  }

  void deliver(held_answer& held) {
    if (held.why == refusal::none) return reply(held.promise, std::move(held.answer));
    if (held.content == 0) return reply(held.promise, error_of(held.why));
    look_up(held);
  }

  // An append was refused: everything after it is refused too, and what was sent before may or may
  // not be kept. A reference older than the account remembers is the one harmless reason.
  void refused(std::uint64_t version, const caf::error& why) {
    if (!flight_) return;
    const bool repeated = why.category() == caf::atom("troupe")
        && why.code() == static_cast<std::uint8_t>(errc::idempotency_conflict);
    if (repeated)
      for (auto i = flight_->answers.begin(); i != flight_->answers.end(); ++i)
        if (i->version == version && i->appends) {
          auto held = std::move(*i);
          flight_->answers.erase(i);
          held.why = refusal::reference_conflict;
          look_up(held);
          break;
        }
    fail("its journal refused an append", why);
  }

  // Was a command of this reference accepted long ago? If so its receipt is the answer.
  void look_up(held_answer& held) {
    if (lookups_ >= options_->max_lookups) return reply(held.promise, too_busy());
    ++lookups_;
    find_reference question{id_, held.answer.reference};
    self_->request(options_->journal, caf::infinite, std::move(question))
        .then(
            [this, promise = held.promise, why = held.why,
             content = held.content](const std::vector<journal_row>& rows) mutable {
              if (rows.empty())
                promise.deliver(error_of(why));
              else if (rows.front().content == content)
                promise.deliver(receipt_of(rows.front()));
              else
                promise.deliver(error_of(refusal::reference_conflict));
              looked_up();
            },
            [this, promise = held.promise](const caf::error&) mutable {
              promise.deliver(unavailable());
              looked_up();
            });
  }

  void looked_up() {
    --lookups_;
    if (failed_ && lookups_ == 0) self_->quit(unavailable());
    fall_asleep_if_asked();
  }

  void show(const get_account& question, caf::typed_response_promise<account_view>& promise) {
    if (failed_) return reply(promise, unavailable());
    if (question.as_of) return show_past(*question.as_of, promise);
    if (committed_ == 0) return reply(promise, error_of(refusal::account_unknown));
    promise.deliver(view_of(*account_, flight_ ? flight_->committed : figures_of(*account_)));
  }

  void show_past(utc_ms as_of, caf::typed_response_promise<account_view>& promise) {
    if (lookups_ >= options_->max_lookups) return reply(promise, too_busy());
    ++lookups_;
    replay_account(self_, options_->journal, {id_, as_of, options_->replay_page_rows},
                   [this, promise](const caf::error& why, const account* then) mutable {
                     if (why)
                       promise.deliver(why);
                     else if (!then->exists())
                       promise.deliver(error_of(refusal::account_unknown));
                     else
                       promise.deliver(view_of(*then));
                     looked_up();
                   });
  }

  void tell(const transfer_opened& opened) {
    if (auto whom = caf::actor_cast<accounts_actor>(options_->registry)) self_->send(whom, opened);
  }

  account_actor::pointer self_;
  options_ptr options_;
  account_id id_;
  std::optional<account> account_; // none until loaded
  chain_hash head_{};              // of the newest row, in flight or not
  std::uint64_t committed_ = 0, snapshot_version_ = 0;
  std::unique_ptr<in_flight> flight_;
  std::vector<std::function<void()>> held_back_; // until it is loaded
  std::size_t lookups_ = 0;
  std::uint64_t asked_ = 0; // the number of a fall_asleep not answered yet
  bool failed_ = false;
};

using account_pointer = account_actor::stateful_pointer<account_state>;

template<class... Commands>
account_actor::behavior_type behavior_for(account_state& s, std::variant<Commands...>*) {
  return {[&s](Commands& command) { return s.take(command); }...,
          [&s](const get_account& question) { return s.answer(question); },
          [&s](const fall_asleep& question) { s.fall_asleep_when_quiet(question); }};
}

account_actor::behavior_type account_behavior(account_pointer self, account_id id,
                                              options_ptr options,
                                              const std::optional<sleeping_account>& slept) {
  self->state.start(std::move(id), std::move(options), slept);
  return behavior_for(self->state, static_cast<account_command*>(nullptr));
}

} // namespace

account_actor spawn_account(caf::actor_system& system, account_id id, options_ptr options,
                            std::optional<sleeping_account> slept) {
  return system.spawn(account_behavior, std::move(id), std::move(options), std::move(slept));
}

} // namespace troupe
