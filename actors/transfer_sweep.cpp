#include "actors/transfer_sweep.hpp"

#include "actors/account_rows.hpp"
#include "models/account/bytes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace troupe {

namespace {

constexpr auto reader = "transfers";

template<class... Events>
bool is_one_of(std::uint8_t kind) {
  return ((account_event_body{Events{}}.index() == kind) || ...);
}

} // namespace

void transfer_sweep::go_on() {
  if (std::exchange(reading_, true)) return;
  if (started_) return next_page();
  self_->request(options_.journal, caf::infinite, get_outbox_cursor{reader})
      .then(
          [this](std::uint64_t position) {
            read_ = kept_ = position;
            started_ = true;
            next_page();
          },
          [this](const caf::error&) { failed(); });
}

bool transfer_sweep::when_read(std::function<void(const open_withdrawals*)> done) {
  if (readers_.size() + next_readers_.size() >= max_sweep_readers) return false;
  (reading_ ? next_readers_ : readers_).push_back(std::move(done));
  go_on();
  return true;
}

void transfer_sweep::next_page() {
  self_->request(options_.journal, caf::infinite, get_outbox{read_, options_.sweep_rows})
      .then(
          [this](const std::vector<outbox_row>& rows) {
            for (const auto& row : rows) take(row);
            if (rows.size() == options_.sweep_rows
                && open_.size() + cool_downs_.size() + withdrawals_.size() < max_swept_open)
              next_page();
            else
              finish();
          },
          [this](const caf::error&) { failed(); });
}

void transfer_sweep::failed() {
  reading_ = false;
  for (auto* waiting : {&readers_, &next_readers_})
    for (auto& done : std::exchange(*waiting, {})) done(nullptr);
}

void transfer_sweep::take(const outbox_row& row) {
  read_ = row.position;
  cool_downs_.take(row);
  withdrawals_.take(row);
  const auto kind = row.row.kind;
  if (!is_one_of<transfer_reserved, withdrawal_completed, transfer_settled, transfer_returned>(
          kind))
    return;
  const auto event = event_from_bytes(row.row.payload);
  if (!event) return; // `troupe account verify` names it
  const auto key = [&](const transfer_id& id) { return row.account + ' ' + id; };
  if (auto opened = opened_by(row.account, *event))
    open_.insert_or_assign(key(opened->transfer), open_transfer{row.position, *opened});
  else if (auto* settled = std::get_if<transfer_settled>(&event->what))
    open_.erase(key(settled->transfer));
  else if (auto* returned = std::get_if<transfer_returned>(&event->what))
    open_.erase(key(returned->transfer));
}

void transfer_sweep::finish() {
  reading_ = false;
  auto safe = read_;
  for (const auto& [key, open] : open_) {
    safe = std::min(safe, open.position - 1);
    findings_.transfer(open.what);
  }
  for (const auto& oldest : {cool_downs_.oldest(), withdrawals_.oldest()})
    if (oldest) safe = std::min(safe, *oldest - 1);
  const auto now = options_.now();
  for (const auto& account : cool_downs_.over(now, max_cooled_at_once)) findings_.cooled(account);
  for (const auto& w : withdrawals_.due(now - options_.approval_wait_ms, max_due_at_once))
    findings_.withdrawal(w);
  for (auto& done : std::exchange(readers_, std::exchange(next_readers_, {}))) done(&withdrawals_);
  if (!readers_.empty()) go_on();
  if (safe == kept_) return;
  self_->request(options_.journal, caf::infinite, put_outbox_cursor{reader, safe})
      .then([this](std::uint64_t position) { kept_ = position; }, [](const caf::error&) {});
}

} // namespace troupe
