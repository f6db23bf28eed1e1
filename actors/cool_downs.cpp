#include "actors/cool_downs.hpp"

#include "models/account/bytes.hpp"

#include <algorithm>

namespace troupe {

namespace {

template<class... Events>
bool is_one_of(std::uint8_t kind) {
  return ((account_event_body{Events{}}.index() == kind) || ...);
}

} // namespace

void cool_downs::take(const outbox_row& row) {
  const auto kind = row.row.kind;
  if (is_one_of<breaker_half_opened, breaker_closed, breaker_reset, account_closed>(kind))
    open_.erase(row.account);
  if (!is_one_of<breaker_opened>(kind)) return;
  const auto event = event_from_bytes(row.row.payload);
  const auto* opened = event ? std::get_if<breaker_opened>(&event->what) : nullptr;
  if (opened && opened->until != 0)
    open_[row.account] = {row.position, opened->until};
  else
    open_.erase(row.account); // an admin's to reset
}

std::vector<account_id> cool_downs::over(utc_ms now, std::size_t most) const {
  std::vector<account_id> out;
  for (auto i = open_.begin(); i != open_.end() && out.size() < most; ++i)
    if (i->second.until <= now) out.push_back(i->first);
  return out;
}

std::optional<std::uint64_t> cool_downs::oldest() const {
  const auto i = std::min_element(open_.begin(), open_.end(), [](auto& a, auto& b) {
    return a.second.position < b.second.position;
  });
  if (i == open_.end()) return std::nullopt;
  return i->second.position;
}

} // namespace troupe
