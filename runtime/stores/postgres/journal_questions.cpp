// postgres_journal_state: questions and small requests, from their queues to their answers.
#include "runtime/stores/postgres/journal_state.hpp"

#include "models/placement.hpp"

namespace troupe {

void postgres_journal_state::take(const std::shared_ptr<ledger_job>& job,
                                  const question_order& order) {
  if (auto why =
          why_not_taken(job->size, job->is_load && !options_.read_only ? order.account : nullptr)) {
    job->refuse(why);
    return;
  }
  job->after.assign(lanes_.size() + 1, 0);
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    if (order.all || (order.account && shard_of(*order.account) % lanes_.size() == i))
      job->after[i] = lanes_[i].taken;
  if (order.letters) job->after.back() = short_ones_.taken;
  auto& r = order.pages ? pages_ : short_ones_;
  job->since = clock::now();
  job->number = ++r.taken;
  r.queue.push_back(job);
  enqueued(job->size);
}

// It sees everything that was sent before it.
bool postgres_journal_state::ready(const ledger_job& job) const {
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    if (lanes_[i].done() < job.after[i]) return false;
  return short_ones_.done() >= job.after.back()
      && (!job.is_load || options_.read_only || holding_ == holding::held);
}

void postgres_journal_state::send_jobs(reading& r, std::size_t most) {
  if (!r.sent.empty()) return;
  while (r.sent.size() < most && !r.queue.empty() && ready(*r.queue.front())) {
    r.sent.push_back(std::move(r.queue.front()));
    r.queue.pop_front();
  }
  if (r.sent.empty()) return;
  r.sent_at = clock::now();
  const auto error = [this, &r](const caf::error& why) {
    for (const auto& job : r.sent) refuse(*job, why);
    on_jobs(r);
  };
  self_->request(r.worker, caf::infinite, reader_task{r.sent})
      .then([this, &r](bool) { on_jobs(r); }, error);
}

void postgres_journal_state::on_jobs(reading& r) {
  for (const auto& job : std::exchange(r.sent, {})) answer(*job);
  flush_soon();
}

void postgres_journal_state::answer(ledger_job& job) {
  if (std::exchange(job.answered, true)) return;
  forget(job.size);
  job.answer();
}

void postgres_journal_state::refuse(ledger_job& job, const caf::error& why) {
  if (std::exchange(job.answered, true)) return;
  forget(job.size);
  job.refuse(why);
}

void postgres_journal_state::refuse_old(reading& r, clock::time_point now) {
  const auto why = caf::make_error(errc::store_unavailable, "journal: waited too long");
  while (!r.queue.empty() && r.queue.front()->since + r.patience < now) {
    refuse(*r.queue.front(), why);
    r.queue.pop_front();
  }
  if (r.sent.empty() || r.sent_at + r.patience >= now) return;
  for (const auto& job : r.sent) refuse(*job, why);
}

} // namespace troupe
