// postgres_journal_state: the lease, and the end.
#include "runtime/stores/postgres/journal_state.hpp"

namespace troupe {

namespace {

constexpr std::chrono::milliseconds closing_grace{500}, release_timeout{1000};

} // namespace

void postgres_journal_state::ask_keeper() {
  self_->request(keeper_, caf::infinite, next_lease_news{})
      .then(
          [this](const lease_news& news) {
            on_news(news);
            ask_keeper();
            flush_soon();
          },
          [](const caf::error&) {}); // it ended: so does the journal, which is linked to it
}

void postgres_journal_state::on_news(const lease_news& news) {
  switch (news.what) {
  case lease_news::kind::held: on_held(news); break;
  case lease_news::kind::another: lose(holding::another, "another process holds the lease"); break;
  case lease_news::kind::away: break; // the clock tells when it matters
  }
}

// A new term that follows an old one without a word between: whose the lease was meanwhile is not
// known, and what is in memory may be old.
void postgres_journal_state::on_held(const lease_news& news) {
  const bool is_new = news.term > term_;
  if (!is_new && holding_ == holding::another) return; // a beat from before it was found to be lost
  if (is_new && holding_ == holding::held) lose(holding::unknown, "the lease was lost for a while");
  if (is_new)
    say("the lease is held, epoch " + std::to_string(news.term));
  else if (holding_ == holding::unknown)
    say("the lease is held again");
  hold(news.term, news.asked);
}

// Epochs only rise: a lane may have renewed its own meanwhile.
void postgres_journal_state::hold(std::uint64_t term, clock::time_point asked) {
  holding_ = holding::held;
  term_ = term;
  held_until_ = asked + std::chrono::milliseconds{options_.lease_ms};
  for (auto& l : lanes_) l.epoch = std::max(l.epoch, term);
}

void postgres_journal_state::lose(holding now, const std::string& words) {
  const bool was_held = holding_ == holding::held;
  if (holding_ == now) return;
  holding_ = now;
  say(words);
  if (was_held && options_.on_lost) options_.on_lost();
  if (now == holding::unknown) return;
  caf::anon_send(keeper_, lease_is_lost{});
  const auto fenced = caf::make_error(errc::journal_fenced, "journal: " + words);
  for (auto& l : lanes_)
    for (auto& append : std::exchange(l.queue, {})) refuse(append, fenced);
  std::deque<std::shared_ptr<ledger_job>> others;
  for (const auto& job : std::exchange(short_ones_.queue, {}))
    if (job->is_load)
      refuse(*job, fenced);
    else
      others.push_back(job);
  short_ones_.queue = std::move(others);
}

void postgres_journal_state::on_exit(const caf::exit_msg& message) {
  for (const auto& worker : workers())
    if (message.source == worker) return end(message.reason);
  if (std::exchange(closing_, true)) return;
  close_reason_ = message.reason;
  close_by_ = clock::now() + std::chrono::milliseconds{options_.queue_timeout_ms} + closing_grace;
  flush_soon();
}

void postgres_journal_state::finish_when_idle() {
  if (!closing_ || releasing_) return;
  bool idle = true;
  for (const auto& l : lanes_) idle = idle && l.queue.empty() && l.sent.empty();
  for (const auto* r : {&short_ones_, &pages_}) idle = idle && r->queue.empty() && r->sent.empty();
  if (!idle && clock::now() < close_by_) return;
  releasing_ = true;
  refuse_everything(caf::make_error(errc::store_unavailable, "journal: closed"));
  if (!keeper_) return end(close_reason_);
  self_->request(keeper_, release_timeout, release_lease{})
      .then([this](bool) { end(close_reason_); },
            [this](const caf::error&) { end(close_reason_); });
}

void postgres_journal_state::refuse_everything(const caf::error& why) {
  for (auto& l : lanes_) {
    for (auto& append : l.sent) refuse(append, why);
    for (auto& append : std::exchange(l.queue, {})) refuse(append, why);
  }
  for (auto* r : {&short_ones_, &pages_}) {
    for (const auto& job : r->sent) refuse(*job, why);
    for (const auto& job : std::exchange(r->queue, {})) refuse(*job, why);
  }
}

void postgres_journal_state::end(caf::error reason) {
  refuse_everything(caf::make_error(errc::store_unavailable, "journal: closed"));
  for (const auto& worker : workers()) self_->send_exit(worker, caf::exit_reason::user_shutdown);
  self_->quit(std::move(reason));
}

} // namespace troupe
