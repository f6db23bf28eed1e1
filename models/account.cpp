// Questions to an account, and its state as bytes.
#include "models/account.hpp"
#include "models/account/judgement.hpp"

#include <algorithm>

namespace troupe {

account_status account::status() const {
  if (closed_) return account_status::closed;
  const bool critical =
      breaker_.state() == breaker_state::open && breaker_.cause() == breaker_cause::critical_error;
  if (paused_ || critical) return account_status::paused;
  const bool waiting = kind_ == account_kind::investment && !funded_;
  return waiting ? account_status::pending_deposit : account_status::active;
}

const account::open_withdrawal* account::withdrawal(const withdrawal_id& id) const {
  const auto w =
      std::find_if(withdrawals_.begin(), withdrawals_.end(), [&](auto& x) { return x.id == id; });
  return w == withdrawals_.end() ? nullptr : &*w;
}

const account::open_transfer* account::transfer(const transfer_id& id) const {
  const auto t =
      std::find_if(transfers_.begin(), transfers_.end(), [&](auto& x) { return x.id == id; });
  return t == transfers_.end() ? nullptr : &*t;
}

std::string account::to_bytes() const {
  std::string out;
  out.reserve(512);
  byte_writer write{out};
  auto& self = const_cast<account&>(*this); // the field lists serve reading too; nothing is changed
  self.walk(write);
  self.breaker_.walk(write);
  write(static_cast<std::uint8_t>(withdrawals_.size()));
  for (auto& w : withdrawals_) write(w.id, w.amount, w.approved);
  write(static_cast<std::uint8_t>(transfers_.size()));
  for (auto& t : transfers_) write(t.id, t.to, t.amount, t.high_water_share, t.drawdown_share);
  days_.write(write);
  references_.write(write);
  return out;
}

std::optional<account> account::from_bytes(std::string_view bytes) {
  byte_reader read{bytes};
  account out{{}};
  std::uint8_t count = 0;
  out.walk(read);
  out.breaker_.walk(read);
  if (!read(count) || count > max_open) return std::nullopt;
  out.withdrawals_.resize(count);
  for (auto& w : out.withdrawals_) read(w.id, w.amount, w.approved);
  if (!read(count) || count > max_open) return std::nullopt;
  out.transfers_.resize(count);
  for (auto& t : out.transfers_) read(t.id, t.to, t.amount, t.high_water_share, t.drawdown_share);
  out.days_.read(read);
  out.references_.read(read);
  if (!read.finished() || !out.possible()) return std::nullopt;
  return out;
}

/// What holds of every account that events lead to, as far as the state alone shows it.
bool account::possible() const {
  if (!valid_id(id_) || (kind_ == account_kind::wallet) != (product_ == product::none))
    return false;
  if (balance_.is_negative() || high_water_mark_.is_negative() || drawdown_mark_.is_negative())
    return false;
  if (owner_.size() > max_id_bytes || agent_type_.size() > max_id_bytes || !breaker_.plausible())
    return false;
  money sum;
  for (auto& w : withdrawals_) {
    if (!valid_id(w.id) || !w.amount.is_positive() || withdrawal(w.id) != &w) return false;
    sum = *add(sum, w.amount);
  }
  for (auto& t : transfers_)
    if (!valid_id(t.id) || !valid_id(t.to) || !t.amount.is_positive() || transfer(t.id) != &t)
      return false;
  const bool closed_clean = !closed_ || (balance_.is_zero() && transfers_.empty());
  return sum == reserved_ && closed_clean && day_ >= 0 && version_ != 0;
}

std::size_t account::memory_bytes() const {
  const auto held = [](const std::string& s) { return s.capacity() > 15 ? s.capacity() + 1 : 0; };
  auto out = sizeof(*this) + held(id_) + held(owner_) + held(agent_type_) + held(breaker_.probe())
      + withdrawals_.capacity() * sizeof(open_withdrawal)
      + transfers_.capacity() * sizeof(open_transfer) + days_.capacity_bytes()
      + references_.capacity_bytes();
  for (auto& w : withdrawals_) out += held(w.id);
  for (auto& t : transfers_) out += held(t.id) + held(t.to);
  return out;
}

} // namespace troupe
