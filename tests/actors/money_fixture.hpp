// What the suites of accounts share: a journal whose appends the test may hold back, and people who
// ask. Include it after CAF_SUITE is defined.
#pragma once
#include "actors/account_rows.hpp"
#include "actors/accounts.hpp"
#include "actors/memory_journal.hpp"
#include "messages/user_types.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <caf/test/dsl.hpp>

#include <map>
#include <utility>
#include <vector>

namespace troupe {

inline constexpr utc_ms t0 = 1767571200000; // 2026-01-05

/// What stands between the accounts and their journal, and saw who spoke to it.
struct journal_gate {
  bool holding = false;
  std::function<void()> on_append; // before each
  std::vector<std::pair<caf::typed_response_promise<appended>, account_append>> held;
  std::map<account_id, caf::actor_addr> accounts; // who loaded it last
  caf::actor_addr coordinator;
  std::uint64_t loads = 0, snapshots = 0, lookups = 0;
  std::uint64_t loaded_rows = 0; // by the last load
  std::uint32_t failing = 0;     // so many further questions answer store_unavailable; not appends
  std::optional<journal_status> status; // answered instead of the real one
};
using gate_ptr = std::shared_ptr<journal_gate>;

template<class Answer, class Request>
auto passing(journal_actor::pointer self, const gate_ptr& gate, const journal_actor& real) {
  return [=](const Request& request) -> caf::result<Answer> {
    if (gate->failing == 0) return self->delegate(real, request);
    --gate->failing;
    return caf::make_error(errc::store_unavailable, "told to fail");
  };
}

inline journal_actor::behavior_type gate_behavior(journal_actor::pointer self, gate_ptr gate,
                                                  journal_actor real) {
  auto sender = [self] { return caf::actor_cast<caf::actor_addr>(self->current_sender()); };
  return {
      [=](const account_append& request) -> caf::result<appended> {
        if (gate->on_append) gate->on_append();
        if (!request.snapshot.empty()) ++gate->snapshots;
        if (!gate->holding) return self->delegate(real, request);
        gate->held.emplace_back(self->make_response_promise<appended>(), request);
        return gate->held.back().first;
      },
      [=](const load_account& question) -> caf::result<stored_account> {
        gate->accounts[question.account] = sender();
        ++gate->loads;
        auto promise = self->make_response_promise<stored_account>();
        self->request(real, caf::infinite, question)
            .then(
                [=](stored_account& s) mutable {
                  gate->loaded_rows = s.rows.size();
                  promise.deliver(std::move(s));
                },
                [=](caf::error& e) mutable { promise.deliver(std::move(e)); });
        return promise;
      },
      passing<std::vector<journal_row>, get_journal>(self, gate, real),
      [=](const find_reference& question) -> caf::result<std::vector<journal_row>> {
        ++gate->lookups;
        return self->delegate(real, question);
      },
      passing<ledger_totals, get_trial_balance>(self, gate, real),
      passing<std::vector<account_id>, get_account_ids>(self, gate, real),
      passing<std::uint64_t, put_dead_letter>(self, gate, real),
      passing<std::vector<dead_letter>, get_dead_letters>(self, gate, real),
      passing<bool, mark_replayed>(self, gate, real),
      passing<std::vector<outbox_row>, get_outbox>(self, gate, real),
      passing<std::uint64_t, put_outbox_cursor>(self, gate, real),
      [=](const get_journal_status& question) -> caf::result<journal_status> {
        if (gate->status) return *gate->status;
        return self->delegate(real, question);
      },
      [=](const get_outbox_cursor& question) -> caf::result<std::uint64_t> {
        gate->coordinator = sender();
        return self->delegate(real, question);
      },
      [=](caf::flush_atom) { // lets pass what was held
        for (auto& [promise, request] : std::exchange(gate->held, {}))
          self->request(real, caf::infinite, std::move(request))
              .then([p = promise](appended& a) mutable { p.deliver(std::move(a)); },
                    [p = promise](caf::error& e) mutable { p.deliver(std::move(e)); });
      },
  };
}

struct money_config : caf::actor_system_config {
  money_config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_money>();
    add_message_types<caf::id_block::troupe_accounts>();
    add_message_types<caf::id_block::troupe_users>();
  }
};

/// What somebody was answered, or nothing yet.
template<class Answer>
struct heard {
  std::optional<Answer> answer;
  std::optional<caf::error> error;

  bool nothing() const { return !answer && !error; }
  errc code() const {
    return error && error->category() == caf::atom("troupe") ? static_cast<errc>(error->code())
        : error                                              ? errc::internal
                                                             : errc::none;
  }
};
template<class Answer>
using heard_ptr = std::shared_ptr<heard<Answer>>;

struct money_fixture : test_coordinator_fixture<money_config> {
  gate_ptr gate = std::make_shared<journal_gate>();
  std::shared_ptr<journal_faults> faults = std::make_shared<journal_faults>();
  journal_actor journal;
  account_options options;
  std::vector<caf::actor> doomed;
  int references = 0;

  money_fixture() {
    memory_journal_options kept;
    kept.faults = faults;
    auto real = spawn_memory_journal(sys, kept);
    journal = sys.spawn(gate_behavior, gate, real);
    options.journal = journal;
    sched.run();
  }
  ~money_fixture() override {
    gate->held.clear();
    for (auto& d : doomed) caf::anon_send_exit(d, caf::exit_reason::kill);
    sched.run();
  }

  /// Asks as somebody of their own; nobody waits for ever.
  template<class Answer = receipt, class Handle, class Question>
  heard_ptr<Answer> say(const Handle& whom, Question question) {
    auto out = std::make_shared<heard<Answer>>();
    // An argument, since CAF reads through a null pointer where there is none.
    sys.spawn(
        [=](caf::event_based_actor* me, int) {
          me->request(whom, std::chrono::minutes{600}, question)
              .then([out](Answer& a) { out->answer = std::move(a); },
                    [out](caf::error& e) { out->error = std::move(e); });
        },
        0);
    return out;
  }
  template<class Answer = receipt, class Handle, class Question>
  heard_ptr<Answer> ask(const Handle& whom, Question question) {
    auto out = say<Answer>(whom, std::move(question));
    sched.run();
    return out;
  }

  void release() {
    gate->holding = false;
    caf::anon_send(journal, caf::flush_atom::value);
    sched.run();
  }

  account_actor load(const account_id& id) {
    auto out = spawn_account(sys, id, std::make_shared<const account_options>(options));
    sched.run();
    return out;
  }

  reference_id fresh() { return "key:" + std::to_string(++references); }

  open_account opening(const account_id& id, int capital, account_kind kind) {
    open_account c;
    c.account = id;
    c.reference = "open:" + id;
    c.kind = kind;
    c.what = kind == account_kind::wallet ? product::none : product::atlas;
    c.owner = "user-1";
    c.agent_type = kind == account_kind::wallet ? "" : "trend";
    c.initial_capital = money::whole(capital);
    c.at = t0;
    return c;
  }
  static deposit depositing(const account_id& id, reference_id reference, int amount,
                            utc_ms at = t0) {
    return {id, std::move(reference), money::whole(amount), house_account::engine, {}, at};
  }
  static withdraw withdrawing(const account_id& id, reference_id reference, int amount,
                              utc_ms at = t0) {
    return {id, std::move(reference), money::whole(amount), house_account::engine, {}, at};
  }

  template<class Handle>
  money balance(const Handle& whom, const account_id& id) {
    auto view = ask<account_view>(whom, get_account{id, {}});
    CAF_REQUIRE(view->answer);
    return view->answer->balance;
  }

  ledger_totals totals() { return *ask<ledger_totals>(journal, get_trial_balance{})->answer; }

  std::vector<journal_row> rows_of_account(const account_id& id) {
    return *ask<std::vector<journal_row>>(journal, get_journal{id, 1, 10000})->answer;
  }

  /// What is served is what the journal makes, from the first row and from the snapshot on.
  template<class Handle>
  void check_served_is_kept(const Handle& whom, const account_id& id) {
    auto served = ask<account_view>(whom, get_account{id, {}});
    account from_rows{id};
    for (auto& row : rows_of_account(id)) CAF_CHECK(fold_row(from_rows, row));
    auto stored = ask<stored_account>(journal, load_account{id});
    CAF_REQUIRE(stored->answer);
    auto from_snapshot = rebuild(id, *stored->answer);
    CAF_REQUIRE(from_snapshot);
    CAF_CHECK(from_snapshot->state.to_bytes() == from_rows.to_bytes());
    CAF_CHECK_EQUAL(totals().difference, money{});
    CAF_REQUIRE(served->answer);
    CAF_CHECK(same(*served->answer, view_of(from_rows)));
  }

  static bool same(const account_view& a, const account_view& b) {
    return a.id == b.id && a.kind == b.kind && a.what == b.what && a.status == b.status
        && a.balance == b.balance && a.reserved == b.reserved && a.equity == b.equity
        && a.high_water_mark == b.high_water_mark && a.breaker == b.breaker && a.cause == b.cause
        && a.until == b.until && a.version == b.version && a.agent_type == b.agent_type
        && a.owner == b.owner;
  }

  /// Ends the actor and builds it again: start-up is recovery.
  void restart(account_actor& whom, const account_id& id) {
    auto before = ask<account_view>(whom, get_account{id, {}});
    caf::anon_send_exit(whom, caf::exit_reason::kill);
    sched.run();
    whom = load(id);
    auto after = ask<account_view>(whom, get_account{id, {}});
    if (before->answer) {
      CAF_REQUIRE(after->answer);
      CAF_CHECK(same(*before->answer, *after->answer));
    }
    check_served_is_kept(whom, id);
  }

  /// Nobody is there any more.
  bool gone(const account_actor& whom) {
    auto answer = ask<account_view>(whom, get_account{"x", {}});
    return answer->error && answer->error->category() != caf::atom("troupe");
  }
};

} // namespace troupe
