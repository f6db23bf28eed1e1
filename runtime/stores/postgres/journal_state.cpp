#include "runtime/stores/postgres/journal_state.hpp"

#include "models/placement.hpp"
#include "runtime/stores/postgres/session.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::chrono::milliseconds look_every{100};
/// A scan of the whole ledger may take its time; nothing else waits behind it.
constexpr std::chrono::milliseconds page_patience{120'000};
/// Questions that share a worker's turn: accounts are loaded together, pages one by one.
constexpr std::size_t most_short_ones = 256, most_pages = 1;

} // namespace

void postgres_journal_state::start(const std::string& url, const postgres_journal_options& options,
                                   std::function<void()> known) {
  options_ = options;
  known_ = std::move(known);
  location_ = pg_location(url);
  auto& system = self_->system();
  short_ones_.worker = spawn_ledger_reader(system, url);
  short_ones_.patience =
      options.read_only ? page_patience : std::chrono::milliseconds{options.queue_timeout_ms};
  pages_.worker = spawn_ledger_reader(system, url);
  pages_.patience = page_patience;
  lanes_.resize(options.connections);
  for (std::uint32_t i = 0; i < options.connections; ++i)
    lanes_[i].worker = spawn_lane(system, url, options.node, options.connections, i);
  for (const auto& worker : workers()) self_->link_to(worker);
  flush_soon();
}

std::vector<caf::actor> postgres_journal_state::workers() const {
  std::vector<caf::actor> all{short_ones_.worker, pages_.worker};
  if (membership_) all.push_back(caf::actor_cast<caf::actor>(membership_));
  for (const auto& l : lanes_) all.push_back(l.worker);
  return all;
}

// It lands behind what is in the mailbox: under load many requests share a transaction.
void postgres_journal_state::flush_soon() {
  if (!std::exchange(flush_sent_, true))
    caf::anon_send(postgres_journal_actor{self_}, caf::flush_atom_v);
}

void postgres_journal_state::flush() {
  flush_sent_ = false;
  look_at_clock();
  for (auto& l : lanes_) send_batch(l);
  send_jobs(short_ones_, most_short_ones);
  send_jobs(pages_, most_pages);
  answer_drops();
  finish_when_idle();
}

// A flush that comes in between finds the next look not due, so that one chain of them goes on.
void postgres_journal_state::look_at_clock() {
  const auto now = clock::now();
  if (now < next_look_) return;
  next_look_ = now + look_every;
  caf::delayed_anon_send(postgres_journal_actor{self_}, look_every, caf::flush_atom_v);
  if (holding_ == holding::held && now >= held_until_)
    doubt("the lease ran out and could not be renewed");
  for (auto& l : lanes_) refuse_old(l, now);
  refuse_old(short_ones_, now);
  refuse_old(pages_, now);
}

caf::error postgres_journal_state::why_not_taken(const job_cost& size,
                                                 const account_id* of_lease) const {
  if (closing_) return caf::make_error(errc::store_unavailable, "journal: closed");
  if (queued_.rows + size.rows > options_.max_queued_rows
      || queued_.bytes + size.bytes > options_.max_queued_bytes)
    return caf::make_error(errc::busy, "journal: queue full");
  if (!of_lease) return {};
  if (options_.read_only)
    return caf::make_error(errc::journal_fenced, "journal: is only read here");
  const auto shard = shard_of(*of_lease);
  const bool held = epochs_[shard] != 0 && !dropping_.test(shard);
  // Before the first word of the membership everything may be ours.
  if (held || (holding_ == holding::unknown && known_)) return {};
  return caf::make_error(errc::journal_fenced, "journal: another process holds the lease");
}

void postgres_journal_state::enqueued(const job_cost& size) {
  queued_.rows += size.rows;
  queued_.bytes += size.bytes;
  flush_soon();
}

void postgres_journal_state::forget(const job_cost& size) {
  queued_.rows -= size.rows;
  queued_.bytes -= size.bytes;
}

// People are told once when it begins and once when it ends.
void postgres_journal_state::note(bool good, const std::string& words) {
  if (good == failing_) say(good ? "writing again" : words);
  failing_ = !good;
}

journal_status postgres_journal_state::status() const {
  journal_status out;
  out.kind = "postgres";
  out.location = location_;
  out.lease = holding_ == holding::held ? "held" : "waiting";
  if (holding_ == holding::held) out.epoch = epochs_[0];
  out.queued_rows = queued_.rows;
  out.written_rows = written_rows_;
  out.commits = commits_;
  out.last_commit_us = last_commit_us_;
  out.failing = failing_;
  return out;
}

} // namespace troupe
