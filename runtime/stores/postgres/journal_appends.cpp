// postgres_journal_state: appends, from the queue through a lane to their answers.
#include "runtime/stores/postgres/journal_state.hpp"

#include "models/placement.hpp"

#include <algorithm>

namespace troupe {

namespace {

/// Past the queue's timeout: how long an append under way may be without an outcome before it is
/// said that nothing is known.
constexpr std::chrono::milliseconds grace{500};
/// Between looks at what became of a batch, while the database is away.
constexpr std::chrono::milliseconds settle_pause{50};
/// Without appends for so long, a lane lets rows of accounts catch up.
constexpr std::chrono::milliseconds idle_after{100};

const char* words_of(errc refusal) {
  switch (refusal) {
  case errc::journal_stale: return "journal: another version is the newest";
  case errc::idempotency_conflict: return "journal: the reference is there";
  case errc::journal_fenced: return "journal: another process holds the lease";
  case errc::store_unavailable: return "journal: the database did not keep it";
  default: return "journal: does not follow from what is kept";
  }
}

} // namespace

void postgres_journal_state::take(account_append& request,
                                  caf::typed_response_promise<appended> reply) {
  const auto size = cost_of(request);
  if (auto why = why_not_taken(size, &request.account)) {
    reply.deliver(std::move(why));
    return;
  }
  auto& l = lanes_[shard_of(request.account) % lanes_.size()];
  l.queue.push_back({std::move(request), std::move(reply), clock::now(), size, ++l.taken});
  enqueued(size);
}

void postgres_journal_state::send_batch(lane& l) {
  const auto now = clock::now();
  if (l.busy) return;
  if (l.doubtful) {
    if (now >= l.next_try) call(l, true);
    return;
  }
  if (holding_ != holding::held || now >= held_until_) return;
  if (l.queue.empty() && !(l.any_behind && !closing_ && now >= l.used + idle_after)) return;
  l.batch = std::make_shared<append_batch>();
  l.batch->epochs = epochs_;
  l.batch->gains = gains_;
  const auto most = std::min<std::size_t>(l.queue.size(), options_.max_transaction_rows);
  l.batch->appends.reserve(most);
  l.sent.reserve(most);
  for (std::uint64_t rows = 0; !l.queue.empty() && rows < options_.max_transaction_rows;) {
    rows += l.queue.front().size.rows;
    l.batch->appends.push_back(std::move(l.queue.front().request));
    l.sent.push_back(std::move(l.queue.front()));
    l.queue.pop_front();
  }
  l.batch->outcomes.resize(l.sent.size());
  if (!l.sent.empty()) l.used = now;
  call(l, false);
}

void postgres_journal_state::call(lane& l, bool settle) {
  l.busy = true;
  l.batch->incarnation = incarnation_;
  self_->request(l.worker, caf::infinite, lane_task{l.batch, settle})
      .then([this, &l, settle](batch_state state) { on_batch(l, state, settle); },
            [this, &l, settle](const caf::error&) { on_batch(l, batch_state::doubtful, settle); });
}

void postgres_journal_state::on_batch(lane& l, batch_state state, bool settled) {
  l.busy = false;
  if (state == batch_state::doubtful) {
    l.next_try = settled ? clock::now() + settle_pause : clock::now();
    l.doubtful = true;
    note(false, l.batch->words);
  } else {
    l.doubtful = false;
    if (settled) took(*l.batch);
    resolve(l, settled);
  }
  flush_soon();
}

// Every append of the batch has its outcome. What a settled batch did not keep is sent once more,
// under the lane's new epoch, unless its sender was told meanwhile that nothing is known.
void postgres_journal_state::resolve(lane& l, bool settled) {
  auto batch = std::exchange(l.batch, nullptr);
  auto sent = std::exchange(l.sent, {});
  l.any_behind = !settled && batch->any_behind;
  bool good = true;
  for (auto i = sent.size(); i-- > 0;) {
    if (!settled || batch->outcomes[i] != errc::store_unavailable || !sent[i].reply.pending())
      continue;
    sent[i].request = std::move(batch->appends[i]);
    l.queue.push_front(std::move(sent[i]));
    sent[i].reply = {};
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto outcome = batch->outcomes[i];
    if (outcome == errc::none) {
      written_rows_ += sent[i].size.rows;
      answer(sent[i], {batch->appends[i].account, batch->appends[i].rows.back().version});
    } else {
      good = good && outcome != errc::store_unavailable;
      refuse(sent[i], caf::make_error(outcome, words_of(outcome)));
    }
  }
  if (!settled && good && !sent.empty()) {
    ++commits_;
    last_commit_us_ = batch->took_us;
  }
  if (good || !settled) note(good, batch->words);
}

void postgres_journal_state::answer(waiting_append& append, const appended& done) {
  if (!append.reply.pending()) return;
  forget(append.size);
  append.reply.deliver(done);
}

void postgres_journal_state::refuse(waiting_append& append, const caf::error& why) {
  if (!append.reply.pending()) return;
  forget(append.size);
  append.reply.deliver(why);
}

void postgres_journal_state::refuse_old(lane& l, clock::time_point now) {
  const std::chrono::milliseconds timeout{options_.queue_timeout_ms};
  while (!l.queue.empty() && l.queue.front().since + timeout < now) {
    refuse(l.queue.front(),
           caf::make_error(errc::store_unavailable, "journal: waited too long, was not sent"));
    l.queue.pop_front();
  }
  for (auto& append : l.sent)
    if (append.since + timeout + grace < now)
      refuse(append, caf::make_error(errc::store_unavailable, "journal: not known to be kept"));
}

} // namespace troupe
