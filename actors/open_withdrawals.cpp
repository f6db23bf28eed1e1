#include "actors/open_withdrawals.hpp"

#include "models/account/bytes.hpp"

#include <utility>

namespace troupe {

namespace {

template<class... Events>
bool is_one_of(std::uint8_t kind) {
  return ((account_event_body{Events{}}.index() == kind) || ...);
}

std::string key_of(const account_id& account, const withdrawal_id& id) {
  return account + ' ' + id;
}

} // namespace

void open_withdrawals::take(const outbox_row& row) {
  if (!is_one_of<withdrawal_reserved, withdrawal_approved, withdrawal_completed,
                 withdrawal_rejected, withdrawal_expired>(row.row.kind))
    return;
  const auto event = event_from_bytes(row.row.payload);
  if (!event) return; // `troupe account verify` names it
  const auto& what = event->what;
  if (auto* reserved = std::get_if<withdrawal_reserved>(&what)) {
    open_[row.position] = {row.position,     reserved->withdrawal,      row.account,
                           reserved->amount, !reserved->needs_approval, event->at};
    positions_[key_of(row.account, reserved->withdrawal)] = row.position;
  } else if (auto* approved = std::get_if<withdrawal_approved>(&what)) {
    const auto found = positions_.find(key_of(row.account, approved->withdrawal));
    if (found != positions_.end()) open_[found->second].approved = true;
  } else if (auto* completed = std::get_if<withdrawal_completed>(&what)) {
    end(row.account, completed->withdrawal);
  } else if (auto* rejected = std::get_if<withdrawal_rejected>(&what)) {
    end(row.account, rejected->withdrawal);
  } else if (auto* expired = std::get_if<withdrawal_expired>(&what)) {
    end(row.account, expired->withdrawal);
  }
}

void open_withdrawals::end(const account_id& account, const withdrawal_id& id) {
  const auto found = positions_.find(key_of(account, id));
  if (found == positions_.end()) return;
  open_.erase(found->second);
  positions_.erase(found);
}

std::vector<waiting_withdrawal> open_withdrawals::page(std::uint64_t after,
                                                       std::size_t limit) const {
  std::vector<waiting_withdrawal> out;
  for (auto i = open_.upper_bound(after); i != open_.end() && out.size() < limit; ++i)
    out.push_back(i->second);
  return out;
}

std::vector<waiting_withdrawal> open_withdrawals::due(utc_ms reserved_by, std::size_t most) const {
  std::vector<waiting_withdrawal> out;
  for (auto i = open_.begin(); i != open_.end() && out.size() < most; ++i)
    if (i->second.approved || i->second.at <= reserved_by) out.push_back(i->second);
  return out;
}

std::optional<std::uint64_t> open_withdrawals::oldest() const {
  if (open_.empty()) return std::nullopt;
  return open_.begin()->first;
}

} // namespace troupe
