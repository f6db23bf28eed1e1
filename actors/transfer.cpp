#include "actors/transfer.hpp"

#include "actors/account_rows.hpp"
#include "actors/transfer_sweep.hpp"
#include "models/investment_ids.hpp"
#include "models/transfer_ids.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace troupe {

namespace {

using outcome_promise = caf::typed_response_promise<transfer_outcome>;

template<class Event>
bool is_of(const receipt& r) {
  return account_event_body{Event{}}.index() == r.kind;
}

errc code_of_error(const caf::error& e) {
  return e.category() == caf::atom("troupe") ? static_cast<errc>(e.code()) : errc::internal;
}

// Worth asking again with the same reference: nothing was decided, or it is not known what.
bool may_pass(const caf::error& e) {
  if (e.category() != caf::atom("troupe")) return true; // a time-out, an actor that is gone
  switch (code_of_error(e)) {
  case errc::busy:
  case errc::store_unavailable:
  case errc::in_progress:
  case errc::journal_stale:
  case errc::journal_fenced: return true;
  default: return false;
  }
}

class transfer_state {
public:
  static inline const char* name = "transfers";

  explicit transfer_state(transfer_actor::pointer self) : self_(self) {}

  void start(caf::actor_addr accounts, transfer_options options) {
    accounts_ = std::move(accounts);
    options_ = std::move(options);
    self_->set_down_handler([this](const caf::down_msg&) { self_->quit(); });
    if (auto owner = caf::actor_cast<accounts_actor>(accounts_)) self_->monitor(owner);
    sweep_.emplace(self_, options_,
                   sweep_findings{[this](const transfer_opened& t) {
                                    if (is_mine(t.from)) drive(t, {});
                                  },
                                  [this](const waiting_withdrawal& w) {
                                    if (is_mine(w.account)) go_on_with(w);
                                  },
                                  [this](const account_id& id) {
                                    if (is_mine(id)) wake(id);
                                  }});
    sweep();
  }

  // The whole way for one who waits for its end: only what can arrive is sent off.
  caf::result<transfer_outcome> begin(const move_money& order) {
    auto promise = self_->make_response_promise<transfer_outcome>();
    if (beginning_ >= options_.max_active) {
      promise.deliver(caf::make_error(errc::busy, "too many transfers begin"));
      return promise;
    }
    ++beginning_;
    find_receiver(order, promise, 1);
    return promise;
  }

  void hear(const transfer_opened& opened) { drive(opened, {}); }

  caf::result<std::vector<waiting_withdrawal>> list(const get_withdrawals& question) {
    auto promise = self_->make_response_promise<std::vector<waiting_withdrawal>>();
    const bool taken = sweep_->when_read([=](const open_withdrawals* read) mutable {
      if (read)
        promise.deliver(read->page(question.after, std::min(question.limit, 1000u)));
      else
        promise.deliver(caf::make_error(errc::store_unavailable, "cannot be read now"));
    });
    if (!taken) promise.deliver(caf::make_error(errc::busy, "too many ask for withdrawals"));
    return promise;
  }

  void retry(const transfer_due& due) {
    if (transfers_.count(due.key) == 0) return;
    waiting_.push_back(due.key);
    pump();
  }

  void sweep() {
    sweep_->go_on();
    caf::delayed_anon_send(self_, options_.sweep_every, caf::tick_atom_v);
  }

private:
  struct waiting_asker {
    outcome_promise promise;
    receipt out;
  };
  enum class step { credit, settle, give_back };
  struct driven {
    transfer_opened what;
    step next = step::credit;
    std::uint32_t tries = 0; // of this step
    std::vector<waiting_asker> askers;
  };

  // A transfer's id is its sender's: two senders may use the same.
  static std::string key_of(const transfer_opened& t) { return t.from + ' ' + t.transfer; }

  // With a time-out: whoever dies with a question does not answer it.
  template<class Question, class Then, class Else>
  void ask(Question question, Then then, Else otherwise) {
    auto accounts = caf::actor_cast<accounts_actor>(accounts_);
    if (!accounts) return self_->quit();
    self_->request(accounts, options_.step_timeout, std::move(question))
        .then(std::move(then), std::move(otherwise));
  }

  void give_up(outcome_promise promise, const caf::error& why) {
    --beginning_;
    const bool ours = why.category() == caf::atom("troupe");
    promise.deliver(ours ? why : caf::make_error(errc::store_unavailable, "no answer: ask again"));
  }

  // Without an answer: one who did not hear is told again.
  template<class Command>
  void remind(Command command) {
    if (auto accounts = caf::actor_cast<accounts_actor>(accounts_))
      caf::anon_send(accounts, std::move(command));
  }

  void wake(const account_id& id) { remind(tick_account{id, options_.now()}); }

  void go_on_with(const waiting_withdrawal& w) {
    const auto now = options_.now();
    if (!w.approved)
      remind(expire_withdrawal{w.account, "expire:" + w.id, w.id, now});
    else if (auto completion = completion_of(w.id, now))
      remind(std::move(*completion));
  }

  // Nobody else would ever take the money of a transfer to an account that is not there.
  bool is_mine(const account_id& id) const { return !options_.mine || options_.mine(id); }

  void find_receiver(const move_money& order, const outcome_promise& promise, std::uint32_t tries) {
    ask(
        get_account{order.to, {}},
        [this, order, promise](const account_view&) { send_off(order, promise, 1); },
        [this, order, promise, tries](const caf::error& e) {
          if (may_pass(e) && tries < options_.tries_of_first_steps)
            find_receiver(order, promise, tries + 1);
          else
            give_up(promise, e);
        });
  }

  void send_off(const move_money& order, const outcome_promise& promise, std::uint32_t tries) {
    const auto id = transfer_id_of(order.reference);
    transfer_out out{order.from, order.reference, id, order.to, order.amount, order.at};
    ask(
        std::move(out),
        [this, order, promise, id](const receipt& r) {
          --beginning_;
          drive({order.from, id, order.to, order.amount}, {{promise, r}});
        },
        [this, order, promise, tries](const caf::error& e) {
          if (may_pass(e) && tries < options_.tries_of_first_steps)
            send_off(order, promise, tries + 1);
          else
            give_up(promise, e);
        });
  }

  void drive(const transfer_opened& what, std::vector<waiting_asker> askers) {
    auto key = key_of(what);
    auto i = transfers_.find(key);
    if (i == transfers_.end()) {
      if (transfers_.size() >= options_.max_open) {
        for (auto& a : askers)
          a.promise.deliver(caf::make_error(errc::busy, "the transfer goes on later"));
        return; // the sweep brings it again
      }
      i = transfers_.emplace(key, driven{what, step::credit, 0, {}}).first;
      waiting_.push_back(std::move(key));
    }
    std::move(askers.begin(), askers.end(), std::back_inserter(i->second.askers));
    pump();
  }

  void pump() {
    while (active_ < options_.max_active && !waiting_.empty()) {
      auto key = std::move(waiting_.front());
      waiting_.pop_front();
      ++active_;
      say_next(key);
    }
  }

  void say_next(const std::string& key) {
    const auto& d = transfers_.at(key);
    const auto& t = d.what;
    const auto at = options_.now();
    switch (d.next) {
    case step::credit:
      return tell(key,
                  transfer_in{t.to, credit_reference(t.from, t.transfer), t.transfer, t.from,
                              t.amount, at});
    case step::settle:
      return tell(key, settle_transfer{t.from, settle_reference(t.transfer), t.transfer, at});
    case step::give_back:
      return tell(key,
                  return_transfer{t.from, return_reference(t.transfer), t.transfer,
                                  "the receiver refused it", at});
    }
  }

  template<class Command>
  void tell(const std::string& key, Command command) {
    ask(
        std::move(command), [this, key](const receipt& r) { done(key, r); },
        [this, key](const caf::error& e) { failed(key, e); });
  }

  void done(const std::string& key, const receipt& r) {
    --active_;
    auto& d = transfers_.at(key);
    d.tries = 0;
    if (d.next == step::credit) {
      d.next = is_of<transfer_credited>(r) ? step::settle : step::give_back;
      waiting_.push_front(key);
    } else {
      for (auto& a : d.askers)
        a.promise.deliver(
            transfer_outcome{d.what.transfer, d.next == step::settle, std::move(a.out)});
      transfers_.erase(key);
    }
    pump();
  }

  void failed(const std::string& key, const caf::error& why) {
    --active_;
    auto& d = transfers_.at(key);
    const auto factor = 1u << std::min(d.tries++, 16u);
    const auto wait = std::min(options_.longest_retry, options_.first_retry * factor);
    if (options_.log && (!may_pass(why) || d.tries % 10 == 0))
      options_.log(may_pass(why) ? log_level::warn : log_level::error,
                   "transfer " + key + " is stuck: " + self_->system().render(why));
    caf::delayed_anon_send(self_, wait, transfer_due{key});
    pump();
  }

  transfer_actor::pointer self_;
  caf::actor_addr accounts_;
  transfer_options options_;
  std::optional<transfer_sweep> sweep_;
  std::unordered_map<std::string, driven> transfers_;
  std::deque<std::string> waiting_; // keys whose next step may be said
  std::size_t active_ = 0, beginning_ = 0;
};

using transfer_pointer = transfer_actor::stateful_pointer<transfer_state>;

transfer_actor::behavior_type transfer_behavior(transfer_pointer self, caf::actor_addr accounts,
                                                transfer_options options) {
  auto& s = self->state;
  s.start(std::move(accounts), std::move(options));
  return {
      [&s](const move_money& order) { return s.begin(order); },
      [&s](const transfer_opened& opened) { s.hear(opened); },
      [&s](const get_withdrawals& question) { return s.list(question); },
      [&s](const transfer_due& due) { s.retry(due); },
      [&s](caf::tick_atom) { s.sweep(); },
  };
}

} // namespace

transfer_actor spawn_transfers(caf::actor_system& system, caf::actor_addr accounts,
                               transfer_options options) {
  return system.spawn(transfer_behavior, std::move(accounts), std::move(options));
}

} // namespace troupe
