// Movements by the day they belong to.
#include "models/account/day_balances.hpp"
#include "models/account/bytes.hpp"

#include <algorithm>

namespace troupe {

std::optional<money> day_balances::at_end_of(std::int64_t day) const {
  for (auto i = days_.rbegin(); i != days_.rend(); ++i)
    if (i->day <= day) return i->balance;
  return std::nullopt;
}

void day_balances::move(std::int64_t day, money amount, std::int64_t today) {
  if (days_.empty()) {
    days_.push_back({today, amount});
    return;
  }
  day = std::clamp(day, days_.front().day, std::max(today, days_.back().day));
  auto i = std::find_if(days_.begin(), days_.end(), [&](auto& d) { return d.day >= day; });
  if (i == days_.end() || i->day != day) i = days_.insert(i, {day, std::prev(i)->balance});
  for (; i != days_.end(); ++i)
    i->balance = std::clamp(*add(i->balance, amount), money::min(), money::max());
  if (days_.size() > kept_days) days_.erase(days_.begin());
}

void day_balances::pin(std::int64_t day, std::int64_t today) {
  // A day that still runs settles only those before it: its own later trades stay.
  pinned_before_ = std::max(pinned_before_, day < today ? day + 1 : day);
  while (days_.size() > 1 && days_[1].day <= day) days_.erase(days_.begin());
}

void day_balances::write(byte_writer& out) const {
  out(static_cast<std::uint8_t>(days_.size()), pinned_before_);
  for (auto& d : days_) out(d.day, d.balance);
}

bool day_balances::read(byte_reader& in) {
  std::uint8_t count = 0;
  if (!in(count, pinned_before_) || count > kept_days) return in.fail();
  days_.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    if (!in(days_[i].day, days_[i].balance) || (i > 0 && days_[i].day <= days_[i - 1].day))
      return in.fail();
  return true;
}

} // namespace troupe
