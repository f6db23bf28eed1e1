#include "actors/memory_journal.hpp"

#include "actors/memory_book.hpp"
#include "models/journal_rules.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <string>
#include <vector>

namespace troupe {

namespace {

caf::error told_to_fail() { return caf::make_error(errc::store_unavailable, "told to fail"); }

struct journal_state {
  static inline const char* name = "memory_journal";

  memory_journal_options options;
  memory_book book;

  // True, and counted, when the next one is to fail.
  bool fails(std::atomic<std::uint32_t> journal_faults::*which) const {
    if (!options.faults || (*options.faults).*which == 0) return false;
    --((*options.faults).*which);
    return true;
  }

  caf::result<appended> answer(account_append& request) {
    if (fails(&journal_faults::before)) return told_to_fail();
    if (book.order().size() + request.rows.size() > options.max_rows)
      return caf::make_error(errc::store_unavailable, "full");
    auto done = book.keep(request);
    if (!done.err && fails(&journal_faults::after)) return told_to_fail();
    return done;
  }

  caf::result<stored_account> answer(load_account& question) {
    if (fails(&journal_faults::loads)) return told_to_fail();
    return book.answer(question);
  }

  template<class Request>
  auto answer(Request& request) {
    return book.answer(request);
  }
};

using journal_pointer = journal_actor::stateful_pointer<journal_state>;

template<class Answer, class Request>
auto answered(journal_pointer self) {
  return [self](Request& request) -> caf::result<Answer> {
    if (auto why = why_refused(request); !why.empty())
      return caf::make_error(errc::validation_error, "journal: " + why);
    return self->state.answer(request);
  };
}

journal_actor::behavior_type memory_journal(journal_pointer self,
                                            const memory_journal_options& options) {
  self->state.options = options;
  return {
      answered<appended, account_append>(self),
      answered<stored_account, load_account>(self),
      answered<std::vector<journal_row>, get_journal>(self),
      answered<std::vector<journal_row>, find_reference>(self),
      [=](get_trial_balance question) { return self->state.book.answer(question); },
      answered<std::vector<account_id>, get_account_ids>(self),
      answered<std::uint64_t, put_dead_letter>(self),
      answered<std::vector<dead_letter>, get_dead_letters>(self),
      answered<bool, mark_replayed>(self),
      answered<std::vector<outbox_row>, get_outbox>(self),
      answered<std::uint64_t, put_outbox_cursor>(self),
      answered<std::uint64_t, get_outbox_cursor>(self),
      [=](get_journal_status) {
        journal_status out;
        out.kind = out.location = "memory";
        out.written_rows = self->state.book.order().size();
        return out;
      },
      [](caf::flush_atom) {},
  };
}

} // namespace

journal_actor spawn_memory_journal(caf::actor_system& system,
                                   const memory_journal_options& options) {
  return system.spawn(memory_journal, options);
}

} // namespace troupe
