#include "gated_journal.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <utility>
#include <vector>

namespace troupe::test {

namespace {

struct gate_state {
  std::shared_ptr<journal_gate> gate;
  std::vector<std::pair<caf::typed_response_promise<appended>, account_append>> held;
};

using gate_pointer = journal_actor::stateful_pointer<gate_state>;

template<class Answer, class Question>
auto passing(gate_pointer self, const journal_actor& behind) {
  return [=](const Question& q) -> caf::result<Answer> { return self->delegate(behind, q); };
}

journal_actor::behavior_type gate_behavior(gate_pointer self, std::shared_ptr<journal_gate> gate,
                                           const journal_actor& behind) {
  self->state.gate = gate;
  return {
      [=](const account_append& request) -> caf::result<appended> {
        ++gate->appends;
        if (!gate->shut) return self->delegate(behind, request);
        auto& held = self->state.held;
        held.emplace_back(self->make_response_promise<appended>(), request);
        return held.back().first;
      },
      passing<stored_account, load_account>(self, behind),
      passing<std::vector<journal_row>, get_journal>(self, behind),
      passing<std::vector<journal_row>, find_reference>(self, behind),
      passing<ledger_totals, get_trial_balance>(self, behind),
      passing<std::vector<account_id>, get_account_ids>(self, behind),
      [=](const put_dead_letter& letter) -> caf::result<std::uint64_t> {
        if (gate->letters_fail) return caf::make_error(errc::store_unavailable, "told to fail");
        return self->delegate(behind, letter);
      },
      passing<std::vector<dead_letter>, get_dead_letters>(self, behind),
      passing<bool, mark_replayed>(self, behind),
      passing<std::vector<outbox_row>, get_outbox>(self, behind),
      passing<std::uint64_t, put_outbox_cursor>(self, behind),
      passing<std::uint64_t, get_outbox_cursor>(self, behind),
      passing<journal_status, get_journal_status>(self, behind),
      [=](caf::flush_atom) {
        for (auto& [promise, request] : std::exchange(self->state.held, {}))
          self->request(behind, caf::infinite, std::move(request))
              .then([p = promise](appended& a) mutable { p.deliver(std::move(a)); },
                    [p = promise](caf::error& e) mutable { p.deliver(std::move(e)); });
      },
  };
}

} // namespace

journal_actor spawn_gated_journal(caf::actor_system& system, std::shared_ptr<journal_gate> gate,
                                  journal_actor behind) {
  return system.spawn(gate_behavior, std::move(gate), behind);
}

} // namespace troupe::test
