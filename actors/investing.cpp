#include "actors/investing.hpp"

#include "actors/account_rows.hpp"
#include "models/account/judgement.hpp"
#include "models/investment_ids.hpp"
#include "models/transfer_ids.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using rows = std::vector<journal_row>;

bool is_code(const caf::error& e, errc code) {
  return e.category() == caf::atom("troupe") && e.code() == static_cast<std::uint8_t>(code);
}

bool is_closing(const journal_row& row) {
  return row.kind == account_event_body{account_closed{}}.index();
}

class investing_state {
public:
  static inline const char* name = "investing";

  explicit investing_state(investing_actor::pointer self) : self_(self) {}

  void start(investing_options options) { options_ = std::move(options); }

  caf::result<account_view> begin(const invest& order) {
    if (!valid_id(order.user, max_investor_bytes) || order.what == product::none)
      return caf::make_error(errc::validation_error, "a field is out of bounds");
    if (!order.amount.is_positive())
      return caf::make_error(errc::amount_invalid, "the amount is not allowed");
    auto run = std::make_shared<opening>();
    run->order = order;
    run->wallet = wallet_of(order.user);
    run->account = investment_id_of(order.user, order.reference);
    return admit(run, [=] { find_account(run); });
  }

  caf::result<account_view> end(const end_investment& order) {
    auto run = std::make_shared<closing>();
    run->order = order;
    return admit(run, [=] { look_before_closing(run); });
  }

  caf::result<std::vector<account_view>> list(const get_investments& question) {
    auto run = std::make_shared<listing>();
    return admit(run, [=] {
      find_ids(run, question.user, [=](const std::vector<account_id>& ids) {
        run->ids = ids;
        view_next(run, question.user);
      });
    });
  }

private:
  template<class Answer>
  struct request {
    using answer = Answer;
    caf::typed_response_promise<Answer> promise;
  };
  struct opening : request<account_view> {
    invest order;
    account_id wallet, account;
    bool has_place = false; // among the accounts that are about to be there
  };
  struct closing : request<account_view> {
    end_investment order;
    std::uint32_t tries = 0;
  };
  struct listing : request<std::vector<account_view>> {
    std::vector<account_id> ids;
    std::size_t next = 0;
    std::vector<account_view> seen;
  };

  template<class Run, class First>
  caf::result<typename Run::answer> admit(const std::shared_ptr<Run>& run, First first) {
    if (active_ >= options_.max_active) return caf::make_error(errc::busy, "too much is under way");
    ++active_;
    auto promise = run->promise = self_->make_response_promise<typename Run::answer>();
    first();
    return promise;
  }

  template<class Run, class Answer>
  void finish(const std::shared_ptr<Run>& run, Answer&& answer) {
    --active_;
    if constexpr (std::is_same_v<Run, opening>) leave_place(run);
    run->promise.deliver(std::forward<Answer>(answer));
  }
  template<class Run>
  void refuse(const std::shared_ptr<Run>& run, errc code, const char* why) {
    finish(run, caf::make_error(code, why));
  }
  /// What others' errors mean: a time-out or an actor that is gone tells nothing of the outcome.
  template<class Run>
  void fail(const std::shared_ptr<Run>& run, const caf::error& why) {
    const bool ours = why.category() == caf::atom("troupe");
    finish(run, ours ? why : caf::make_error(errc::store_unavailable, "no answer: ask again"));
  }

  template<class Handle, class Question, class Then, class Else>
  void ask(const Handle& whom, Question question, Then then, Else otherwise) {
    self_->request(whom, options_.step_timeout, std::move(question))
        .then(std::move(then), std::move(otherwise));
  }
  /// With an error that ends the run.
  template<class Run, class Handle, class Question, class Then>
  void must(const std::shared_ptr<Run>& run, const Handle& whom, Question question, Then then) {
    ask(whom, std::move(question), std::move(then), [=](const caf::error& why) { fail(run, why); });
  }
  const accounts_actor& of(const account_id& id) const { return options_.money.of(id); }

  /// Ids of the user's accounts; one more than there may be at most.
  template<class Run, class Then>
  void find_ids(const std::shared_ptr<Run>& run, const user_id& user, Then then) {
    const auto prefix = investments_of(user);
    get_account_ids question{prefix, static_cast<std::uint32_t>(max_investments_per_user) + 1};
    must(run, options_.journal, question, [=](const std::vector<account_id>& found) {
      std::vector<account_id> own;
      for (const auto& id : found)
        if (investor_of(id) == user) own.push_back(id);
      then(own);
    });
  }

  // Opening. Nothing is checked for an account that is there: either its money has left the wallet,
  // or the checks are made again.
  using opening_ptr = std::shared_ptr<opening>;

  void find_account(const opening_ptr& run) {
    ask(
        of(run->account), get_account{run->account, {}},
        [=](const account_view&) { check_user(run); },
        [=](const caf::error& why) {
          is_code(why, errc::not_found) ? find_room(run) : fail(run, why);
        });
  }

  void find_room(const opening_ptr& run) {
    find_ids(run, run->order.user, [=](const std::vector<account_id>& own) {
      auto& coming = openings_[run->order.user];
      ++coming;
      run->has_place = true;
      if (own.size() + coming > max_investments_per_user)
        refuse(run, errc::validation_error, "you have as many investment accounts as there may be");
      else
        check_key(run);
    });
  }

  /// A key the wallet knows without the account being there was another command's.
  void check_key(const opening_ptr& run) {
    find_reference question{run->wallet, run->order.reference};
    must(run, options_.journal, question, [=](const rows& found) {
      if (found.empty())
        check_user(run);
      else
        refuse(run, errc::idempotency_conflict, "the idempotency key was used for other content");
    });
  }

  void check_user(const opening_ptr& run) {
    ask(
        options_.users, get_profile{run->order.user},
        [=](const user_view& who) {
          if (who.kyc == kyc_state::approved)
            check_wallet(run);
          else
            refuse_unless_done(run, errc::kyc_required, "your identity must be verified first");
        },
        [=](const caf::error& why) {
          if (is_code(why, errc::not_found))
            refuse_unless_done(run, errc::kyc_required, "your identity must be verified first");
          else
            fail(run, why);
        });
  }

  void check_wallet(const opening_ptr& run) {
    ask(
        of(run->wallet), get_account{run->wallet, {}},
        [=](const account_view& wallet) {
          if (subtract(wallet.balance, wallet.reserved).value_or(money{}) >= run->order.amount)
            open(run);
          else
            refuse_unless_done(run, errc::insufficient_funds, "insufficient funds");
        },
        [=](const caf::error& why) {
          if (is_code(why, errc::not_found))
            refuse_unless_done(run, errc::insufficient_funds, "insufficient funds");
          else
            fail(run, why);
        });
  }

  /// Checks do not bind a repeat: what left the wallet under this key goes on whatever they say.
  void refuse_unless_done(const opening_ptr& run, errc code, const char* why) {
    find_reference question{run->wallet, run->order.reference};
    must(run, options_.journal, question,
         [=](const rows& found) { found.empty() ? refuse(run, code, why) : open(run); });
  }

  void open(const opening_ptr& run) {
    const auto& order = run->order;
    open_account command;
    command.account = run->account;
    command.reference = "open:" + run->account;
    command.what = order.what;
    command.owner = order.user;
    command.agent_type = std::string{to_string(order.what)};
    command.at = order.at;
    must(run, of(run->account), std::move(command), [=](const receipt&) {
      leave_place(run);
      fund(run);
    });
  }

  void leave_place(const opening_ptr& run) {
    if (!std::exchange(run->has_place, false)) return;
    const auto i = openings_.find(run->order.user);
    if (--i->second == 0) openings_.erase(i);
  }

  void fund(const opening_ptr& run) {
    const auto& order = run->order;
    must(run, of(run->wallet),
         move_money{run->wallet, run->account, order.reference, order.amount, order.at},
         [=](const transfer_outcome& outcome) {
           if (outcome.settled)
             describe(run, outcome.transfer);
           else
             refuse(run, errc::account_paused, "the account was stopped before the money came");
         });
  }

  /// As the money arrived: what has happened since is no part of this answer.
  void describe(const opening_ptr& run, const transfer_id& transfer) {
    find_reference question{run->account, credit_reference(run->wallet, transfer)};
    must(run, options_.journal, question, [=](const rows& found) {
      if (found.empty()) return refuse(run, errc::store_unavailable, "no answer: ask again");
      const auto& row = found.front();
      account_view out;
      out.id = run->account;
      out.what = run->order.what;
      out.status = account_status::active;
      out.balance = out.equity = out.high_water_mark = row.balance_after;
      out.reserved = row.reserved_after;
      out.version = row.version;
      out.owner = run->order.user;
      out.agent_type = to_string(run->order.what);
      finish(run, std::move(out));
    });
  }

  // Closing.
  using closing_ptr = std::shared_ptr<closing>;

  /// The key of another command must not pay anything out.
  void look_before_closing(const closing_ptr& run) {
    find_reference question{run->order.account, run->order.reference};
    must(run, options_.journal, question, [=](const rows& found) {
      if (found.empty())
        pay_out(run);
      else if (is_closing(found.front()))
        show_closed(run);
      else
        refuse(run, errc::idempotency_conflict, "the idempotency key was used for other content");
    });
  }

  void pay_out(const closing_ptr& run) {
    const auto& id = run->order.account;
    must(run, of(id), get_account{id, {}}, [=](const account_view& now) {
      if (now.reserved.is_positive())
        return refuse(run, code_of(refusal::something_open), "a withdrawal is under way");
      if (run->tries++ >= options_.tries_to_close)
        return refuse(run, errc::busy, "the balance changes all the time");
      if (now.status == account_status::closed || now.balance.is_zero()) return close(run);
      pay_out_balance(run, now);
    });
  }

  /// The version is part of the name: the same money is never paid twice, what came in later is.
  void pay_out_balance(const closing_ptr& run, const account_view& now) {
    const auto& order = run->order;
    move_money payment{order.account, wallet_of(order.user), "close:" + std::to_string(now.version),
                       now.balance, order.at};
    ask(
        of(order.account), std::move(payment),
        [=](const transfer_outcome& outcome) {
          if (outcome.settled)
            pay_out(run);
          else
            refuse(run, errc::account_closed, "the wallet takes no money");
        },
        [=](const caf::error& why) {
          // A trade was booked meanwhile: the balance is another one now.
          is_code(why, errc::insufficient_funds) ? pay_out(run) : fail(run, why);
        });
  }

  void close(const closing_ptr& run) {
    const auto& order = run->order;
    ask(
        of(order.account),
        close_account{order.account, order.reference, house_account::none, order.at},
        [=](const receipt&) { show_closed(run); },
        [=](const caf::error& why) {
          // Not empty any more.
          is_code(why, code_of(refusal::balance_left)) ? pay_out(run) : fail(run, why);
        });
  }

  void show_closed(const closing_ptr& run) {
    const auto& id = run->order.account;
    must(run, of(id), get_account{id, {}},
         [=](const account_view& closed) { finish(run, closed); });
  }

  // Listing.
  void view_next(const std::shared_ptr<listing>& run, const user_id& user) {
    if (run->next == run->ids.size()) return finish(run, std::move(run->seen));
    const auto& id = run->ids[run->next++];
    must(run, of(id), get_account{id, {}}, [=](const account_view& seen) {
      if (seen.owner == user) run->seen.push_back(seen);
      view_next(run, user);
    });
  }

  investing_actor::pointer self_;
  investing_options options_;
  std::size_t active_ = 0;
  std::unordered_map<user_id, std::size_t> openings_; // accounts that are about to be there
};

using investing_pointer = investing_actor::stateful_pointer<investing_state>;

investing_actor::behavior_type investing_behavior(investing_pointer self,
                                                  investing_options options) {
  auto& s = self->state;
  s.start(std::move(options));
  return {
      [&s](const invest& order) { return s.begin(order); },
      [&s](const end_investment& order) { return s.end(order); },
      [&s](const get_investments& question) { return s.list(question); },
  };
}

} // namespace

investing_actor spawn_investing(caf::actor_system& system, investing_options options) {
  return system.spawn(investing_behavior, std::move(options));
}

} // namespace troupe
