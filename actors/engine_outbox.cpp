#include "actors/engine_outbox.hpp"

#include <algorithm>
#include <vector>

namespace troupe {

// Only who may append tells, of several nodes the one with the first shard; whoever becomes so anew
// begins at the cursor.
void engine_outbox::look() {
  if (std::exchange(looking_, true)) return;
  ask<journal_status>(
      get_journal_status{},
      [this](const journal_status& s) {
        const bool waits = s.lease == "waiting" || (s.lease == "held" && s.epoch == 0);
        if (waits || s.epoch != std::exchange(epoch_, s.epoch)) forget();
        if (waits) return looked(0);
        looking_ = true;
        started_ ? next_page() : find_cursor();
      },
      [this](const caf::error&) { looked(0); });
}

void engine_outbox::forget() {
  ++generation_;
  rows_.clear();
  started_ = looking_ = putting_ = more_ = settled_since_put_ = false;
  lost_();
}

void engine_outbox::find_cursor() {
  ask<std::uint64_t>(
      get_outbox_cursor{engine_reader},
      [this](std::uint64_t at) {
        read_ = kept_ = at;
        started_ = true;
        next_page();
      },
      [this](const caf::error&) { looked(0); });
}

void engine_outbox::next_page() {
  const auto room = options_.max_waiting_rows - rows_.size();
  const auto limit = static_cast<std::uint32_t>(std::min<std::size_t>(options_.page_rows, room));
  more_ = true;
  if (limit == 0) return looked(0);
  ask<std::vector<outbox_row>>(
      get_outbox{read_, limit},
      [this, limit](std::vector<outbox_row>& page) {
        for (auto& row : page) {
          read_ = row.position;
          if (may_concern_engine(row.row.kind))
            rows_.add(row.position, std::move(row.account), std::move(row.row));
        }
        more_ = page.size() == limit;
        looked(page.size());
      },
      [this](const caf::error&) { looked(0); });
}

void engine_outbox::looked(std::size_t found) {
  looking_ = false;
  const bool idle = found == 0 && rows_.empty();
  delay_ = idle ? std::min(2 * delay_, options_.idle_poll_every) : options_.poll_every;
  came_();
  keep_cursor();
  if (found > 0) read_on();
}

// A full page has a next one; it is read when there is room for a good part of it.
void engine_outbox::read_on() {
  if (!more_ || looking_ || !started_ || 2 * rows_.size() > options_.max_waiting_rows) return;
  looking_ = true;
  next_page();
}

void engine_outbox::settled() {
  settled_since_put_ = true;
  keep_cursor();
  read_on();
}

void engine_outbox::keep_cursor() {
  if (!started_) return;
  const auto safe = rows_.empty() ? read_ : rows_.oldest() - 1;
  options_.figures->waiting = rows_.size();
  options_.figures->position = safe;
  if (putting_ || safe <= kept_) return;
  const auto now = self_->clock().now();
  const bool all_told = settled_since_put_ && rows_.empty();
  if (!all_told && now < put_at_ + options_.cursor_every) return;
  putting_ = true;
  settled_since_put_ = false;
  put_at_ = now;
  ask<std::uint64_t>(
      put_outbox_cursor{engine_reader, safe},
      [this](std::uint64_t at) {
        putting_ = false;
        kept_ = std::max(kept_, at);
        keep_cursor();
      },
      [this](const caf::error&) { putting_ = false; });
}

} // namespace troupe
