// postgres_journal_state: which shards are held, and the end.
#include "models/placement.hpp"
#include "runtime/stores/postgres/journal_state.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr std::chrono::milliseconds closing_grace{500}, leave_timeout{1000};

} // namespace

void postgres_journal_state::meet(const membership_actor& membership) {
  membership_ = membership;
  self_->link_to(membership_);
  if (closing_) flush_soon();
}

// An epoch above the one that is known follows another's, or a renewal of our own that was read
// before its answer came: what is in memory may be old.
void postgres_journal_state::hold(const hold_shards& all) {
  if (all.until_ns == 0) return doubt("the lease ran out and could not be renewed");
  const bool first = static_cast<bool>(known_);
  const bool had_any = holding_ == holding::held;
  std::bitset<shard_count> claimed, replaced;
  bool gained = false;
  for (const auto& claim : all.claims) {
    const auto shard = claim.shard % shard_count;
    claimed.set(shard);
    if (dropping_.test(shard) || claim.epoch <= epochs_[shard]) continue;
    if (epochs_[shard] != 0) replaced.set(shard);
    epochs_[shard] = claim.epoch;
    gained = true;
  }
  if (gained) ++gains_;
  incarnation_ = all.incarnation;
  lose(~claimed);
  if (replaced.any() && options_.on_lost) options_.on_lost();
  const auto until = clock::time_point{std::chrono::nanoseconds{all.until_ns}};
  if (claimed.any() && until > clock::now()) {
    held_until_ = std::max(held_until_, until);
    holding_ = holding::held;
    if (!had_any || gained) say_held(gained);
  }
  if (claimed.none() && !all.taking) holding_ = holding::another;
  if (first && (claimed.any() || !all.taking)) {
    std::exchange(known_, nullptr)();
    std::bitset<shard_count> not_ours;
    for (std::size_t i = 0; i < shard_count; ++i) not_ours.set(i, epochs_[i] == 0);
    refuse_appends_of(not_ours);
  }
  flush_soon();
}

void postgres_journal_state::say_held(bool anew) {
  const auto held = shard_count
      - static_cast<std::size_t>(std::count(epochs_.begin(), epochs_.end(), std::uint64_t{0}));
  const auto which = held == shard_count
      ? std::string{"the lease is held"}
      : "the lease of " + std::to_string(held) + " shards is held";
  say(anew ? which + ", epoch " + std::to_string(*std::max_element(epochs_.begin(), epochs_.end()))
           : which + " again");
}

// Nobody is known to have taken them: whoever asks waits until that is known.
void postgres_journal_state::doubt(const std::string& words) {
  if (holding_ != holding::held) return;
  holding_ = holding::unknown;
  say(words);
  if (options_.on_lost) options_.on_lost();
}

void postgres_journal_state::lose(const std::bitset<shard_count>& shards) {
  std::bitset<shard_count> lost;
  for (std::size_t i = 0; i < shard_count; ++i)
    if (shards.test(i) && std::exchange(epochs_[i], 0) != 0 && !dropping_.test(i)) lost.set(i);
  if (lost.none()) return;
  const bool was_held = holding_ == holding::held;
  if (std::all_of(epochs_.begin(), epochs_.end(), [](auto epoch) { return epoch == 0; }))
    holding_ = holding::another;
  say(holding_ == holding::another
          ? std::string{"another process holds the lease"}
          : "another process holds the lease of " + std::to_string(lost.count()) + " shards");
  if (was_held && options_.on_lost) options_.on_lost();
  refuse_appends_of(lost);
}

// A settled batch: its lane's shards have new epochs, or another owner.
void postgres_journal_state::took(const append_batch& batch) {
  std::bitset<shard_count> gone;
  const auto first =
      static_cast<std::size_t>(std::find_if(lanes_.begin(), lanes_.end(),
                                            [&](const auto& l) { return l.batch.get() == &batch; })
                               - lanes_.begin());
  for (std::size_t i = first; i < shard_count; i += lanes_.size())
    if (batch.epochs[i] == 0)
      gone.set(i);
    else if (epochs_[i] != 0)
      epochs_[i] = std::max(epochs_[i], batch.epochs[i]);
  lose(gone);
  if (gone.any() && membership_) caf::anon_send(membership_, look_again{});
}

void postgres_journal_state::refuse_appends_of(const std::bitset<shard_count>& shards) {
  const auto fenced =
      caf::make_error(errc::journal_fenced, "journal: another process holds the lease");
  for (auto& l : lanes_) {
    std::deque<waiting_append> others;
    for (auto& append : std::exchange(l.queue, {}))
      if (shards.test(shard_of(append.request.account)))
        refuse(append, fenced);
      else
        others.push_back(std::move(append));
    l.queue = std::move(others);
  }
  std::deque<std::shared_ptr<ledger_job>> others;
  for (const auto& job : std::exchange(short_ones_.queue, {}))
    if (job->is_load && shards.test(shard_of(*job->load().first)))
      refuse(*job, fenced);
    else
      others.push_back(job);
  short_ones_.queue = std::move(others);
}

caf::typed_response_promise<bool> postgres_journal_state::drop(const drop_shards& some) {
  waiting_drop waiting{{}, self_->make_response_promise<bool>()};
  for (const auto shard : some.shards) waiting.shards.set(shard % shard_count);
  dropping_ |= waiting.shards;
  auto reply = waiting.reply;
  drops_.push_back(std::move(waiting));
  answer_drops();
  return reply;
}

// What is queued for them is written under the epochs that are still this process's.
void postgres_journal_state::answer_drops() {
  for (auto i = drops_.size(); i-- > 0;) {
    if (is_under_way(drops_[i].shards)) continue;
    auto done = std::move(drops_[i]);
    drops_.erase(drops_.begin() + static_cast<std::ptrdiff_t>(i));
    for (std::size_t shard = 0; shard < shard_count; ++shard)
      if (done.shards.test(shard)) epochs_[shard] = 0;
    dropping_ &= ~done.shards;
    done.reply.deliver(true);
  }
}

bool postgres_journal_state::is_under_way(const std::bitset<shard_count>& shards) const {
  for (const auto& l : lanes_) {
    for (const auto& append : l.queue)
      if (shards.test(shard_of(append.request.account))) return true;
    if (!l.sent.empty() && l.batch)
      for (const auto& append : l.batch->appends)
        if (shards.test(shard_of(append.account))) return true;
  }
  return false;
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
  if (!membership_) return end(close_reason_);
  self_->request(membership_, leave_timeout, leave_cluster{})
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
  for (auto& waiting : std::exchange(drops_, {})) waiting.reply.deliver(true);
  for (const auto& worker : workers()) self_->send_exit(worker, caf::exit_reason::user_shutdown);
  self_->quit(std::move(reason));
}

} // namespace troupe
