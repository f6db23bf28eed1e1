#include "http/journal_walk.hpp"

#include "http/money_request.hpp"

namespace troupe {

journal_walk::journal_walk(exchange& ex, account_id id)
    : held_(ex.share()), id_(std::move(id)), until_(clock::now() + time_limit) {
  ++ex.with->journal_walks;
}

exchange& journal_walk::end() {
  --held_->with->journal_walks;
  return *held_;
}

void journal_walk::run(exchange& ex, account_id id, std::function<bool(const journal_row&)> take,
                       std::function<void(exchange&)> done, std::uint64_t last_version) {
  if (ex.with->journal_walks >= max_at_once)
    return ex.fail(errc::busy, "too many journals are being read");
  std::shared_ptr<journal_walk> self{new journal_walk{ex, std::move(id)}};
  self->take_ = std::move(take);
  self->done_ = std::move(done);
  self->last_version_ = last_version;
  self->next_page();
}

void journal_walk::next_page() {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - clock::now());
  if (left.count() <= 0 || next_ > max_rows)
    return end().fail(errc::busy, "the account's journal is too long to be read now");
  held_->with->port.request<std::vector<journal_row>>(
      held_->with->gate.journal, left, get_journal{id_, next_, page_rows},
      [self = shared_from_this()](caf::expected<std::vector<journal_row>> rows) {
        if (!rows) return fail_money(self->end(), rows.error());
        self->take_page(*rows);
      });
}

void journal_walk::take_page(const std::vector<journal_row>& rows) {
  if (rows.empty() && next_ == 1) return end().fail(errc::not_found, "no such account");
  for (const auto& row : rows)
    if (!take_(row) || row.version == last_version_) return done_(end());
  if (rows.size() < page_rows) return done_(end());
  next_ = rows.back().version + 1;
  next_page();
}

} // namespace troupe
