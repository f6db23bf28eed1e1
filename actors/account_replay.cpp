#include "actors/account_replay.hpp"

#include "actors/account_rows.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>

namespace troupe {

namespace {

struct replay {
  journal_actor journal;
  replay_question question;
  std::function<void(const caf::error&, const account*)> done;
  account state;
};
using replay_ptr = std::shared_ptr<replay>;

void next_page(account_actor::pointer self, replay_ptr r);

void take_page(account_actor::pointer self, const replay_ptr& r,
               const std::vector<journal_row>& rows) {
  for (const auto& row : rows) {
    if (row.at > r->question.as_of) return r->done({}, &r->state);
    if (!fold_row(r->state, row))
      return r->done(caf::make_error(errc::internal, "a row does not follow"), nullptr);
  }
  if (rows.size() < r->question.page_rows) return r->done({}, &r->state);
  next_page(self, r);
}

void next_page(account_actor::pointer self, replay_ptr r) {
  get_journal page{r->question.account, r->state.version() + 1, r->question.page_rows};
  self->request(r->journal, caf::infinite, std::move(page))
      .then([self, r](const std::vector<journal_row>& rows) { take_page(self, r, rows); },
            [r](const caf::error& e) { r->done(e, nullptr); });
}

} // namespace

void replay_account(account_actor::pointer self, const journal_actor& journal,
                    replay_question question,
                    std::function<void(const caf::error&, const account*)> done) {
  account fresh{question.account};
  next_page(self,
            std::make_shared<replay>(
                replay{journal, std::move(question), std::move(done), std::move(fresh)}));
}

} // namespace troupe
