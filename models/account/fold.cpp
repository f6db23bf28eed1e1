// Folding what happened: the only code that changes an account.
#include "models/account.hpp"
#include "models/account/judgement.hpp"

#include <algorithm>
#include <stdexcept>

namespace troupe {

namespace {

void must(bool good, const char* what) {
  if (!good) throw std::logic_error(what);
}

money least(money x) { return std::min(x, money::max()); }

} // namespace

void account::fold(const account_event& e) {
  must(e.version == version_ + 1, "account: the event's version is not the next");
  must(exists() == (e.what.index() != 0), "account: opened twice, or not first");
  must(valid_time(e.at) && e.reference.size() <= max_reference_bytes,
       "account: the event's time or reference is out of bounds");
  must(e.moved.amount.is_zero() || e.moved.contra != house_account::none,
       "account: the event's movement has no other side");
  roll_day(e.at);
  std::visit([&](auto& what) { apply(what, e); }, e.what);
  must(balance_ == e.moved.balance_after && !balance_.is_negative() && balance_.in_range(),
       "account: the event's balance does not follow");
  must(reserved_ == e.reserved_after && !reserved_.is_negative(),
       "account: the event's reserve does not follow");
  version_ = e.version;
  if (!e.reference.empty()) references_.add(e);
}

void account::roll_day(utc_ms at) {
  if (day_of(at) <= day_) return;
  day_ = day_of(at);
  day_result_ = {};
}

/// Money in or out that is no result of trading: the marks move with it, by the amount on the way
/// in, in proportion on the way out, so that neither makes or hides a loss.
void account::flow(money amount) {
  const auto before = balance_;
  balance_ = *add(balance_, amount);
  if (balance_.is_positive()) funded_ = true;
  if (kind_ == account_kind::wallet) return;
  days_.move(day_, amount, day_);
  const auto moved = [&](money mark) {
    if (!amount.is_negative()) return least(*add(mark, amount));
    if (before == mark) return balance_;
    return scaled(mark, balance_, before).value_or(money{});
  };
  high_water_mark_ = moved(high_water_mark_);
  drawdown_mark_ = moved(drawdown_mark_);
}

/// A result of trading, counted towards the day it belongs to.
void account::earn(money amount, std::int64_t day) {
  balance_ = *add(balance_, amount);
  if (balance_.is_positive()) funded_ = true;
  days_.move(day, amount, day_);
  if (day >= day_) day_result_ = *add(day_result_, amount);
  high_water_mark_ = std::max(high_water_mark_, balance_);
  drawdown_mark_ = std::max(drawdown_mark_, balance_);
}

money account::take_reserved(const withdrawal_id& id) {
  const auto w =
      std::find_if(withdrawals_.begin(), withdrawals_.end(), [&](auto& x) { return x.id == id; });
  must(w != withdrawals_.end(), "account: no such withdrawal");
  const auto amount = w->amount;
  reserved_ = *subtract(reserved_, amount);
  withdrawals_.erase(w);
  return amount;
}

void account::start_transfer(const transfer_id& id, const account_id& to, money amount,
                             money high_water_before, money drawdown_before) {
  must(!transfer(id) && transfers_.size() < max_open, "account: too many transfers");
  transfers_.push_back({id, to, amount, *subtract(high_water_before, high_water_mark_),
                        *subtract(drawdown_before, drawdown_mark_)});
}

account::open_transfer account::take_transfer(const transfer_id& id) {
  const auto t =
      std::find_if(transfers_.begin(), transfers_.end(), [&](auto& x) { return x.id == id; });
  must(t != transfers_.end(), "account: no such transfer");
  auto out = std::move(*t);
  transfers_.erase(t);
  return out;
}

void account::apply(const account_opened& e, const account_event& row) {
  kind_ = e.kind;
  product_ = e.what;
  owner_ = e.owner;
  agent_type_ = e.agent_type;
  flow(row.moved.amount);
}

void account::apply(const deposited&, const account_event& row) { flow(row.moved.amount); }
void account::apply(const withdrawn&, const account_event& row) { flow(row.moved.amount); }

void account::apply(const withdrawal_reserved& e, const account_event&) {
  must(!withdrawal(e.withdrawal) && withdrawals_.size() < max_open,
       "account: too many withdrawals");
  must(e.amount.is_positive(), "account: nothing reserved");
  reserved_ = *add(reserved_, e.amount);
  withdrawals_.push_back({e.withdrawal, e.amount, !e.needs_approval});
}

void account::apply(const withdrawal_approved& e, const account_event&) {
  for (auto& w : withdrawals_)
    if (w.id == e.withdrawal) w.approved = true;
  must(withdrawal(e.withdrawal), "account: no such withdrawal");
}

void account::apply(const withdrawal_completed& e, const account_event& row) {
  const auto high = high_water_mark_, mark = drawdown_mark_;
  const auto amount = take_reserved(e.withdrawal);
  flow(row.moved.amount);
  if (row.moved.contra == house_account::transit)
    start_transfer(e.withdrawal, e.to, amount, high, mark);
}

void account::apply(const withdrawal_rejected& e, const account_event&) {
  take_reserved(e.withdrawal);
}
void account::apply(const withdrawal_expired& e, const account_event&) {
  take_reserved(e.withdrawal);
}

void account::apply(const transfer_reserved& e, const account_event& row) {
  const auto high = high_water_mark_, mark = drawdown_mark_;
  flow(row.moved.amount);
  start_transfer(e.transfer, e.to, *negate(row.moved.amount), high, mark);
}

void account::apply(const transfer_credited&, const account_event& row) { flow(row.moved.amount); }
void account::apply(const transfer_refused&, const account_event&) {}
void account::apply(const transfer_settled& e, const account_event&) { take_transfer(e.transfer); }

void account::apply(const transfer_returned& e, const account_event& row) {
  const auto high = high_water_mark_, mark = drawdown_mark_;
  const auto t = take_transfer(e.transfer);
  flow(row.moved.amount);
  if (kind_ == account_kind::wallet) return;
  high_water_mark_ = std::max(balance_, least(*add(high, t.high_water_share)));
  drawdown_mark_ = std::max(balance_, least(*add(mark, t.drawdown_share)));
}

/// A report that comes late, of a trade from before the cool-down was over, is no trade under test:
/// its end may have been heard of long ago, and the place would never be free again.
void account::apply(const trade_opened& e, const account_event&) {
  if (e.trade.executed_at >= breaker_.half_open_since()) breaker_.take_probe(e.trade.id);
}

void account::apply(const trade_settled& e, const account_event& row) {
  if (!row.moved.amount.is_zero()) earn(row.moved.amount, day_of(e.trade.executed_at));
  if (e.trade.profit_loss.is_negative()) ++losses_in_row_;
  if (e.trade.profit_loss.is_positive()) losses_in_row_ = 0;
  if (breaker_.probe() == e.trade.id) breaker_.free_probe();
}

void account::apply(const balance_adjusted&, const account_event& row) {
  earn(row.moved.amount, day_);
}

void account::apply(const performance_recorded& e, const account_event& row) {
  if (!row.moved.amount.is_zero()) earn(row.moved.amount, e.row.day);
  if (!days_.settled(e.row.day)) days_.pin(e.row.day, day_);
}

void account::apply(const account_paused&, const account_event&) { paused_ = true; }
void account::apply(const account_resumed&, const account_event&) { paused_ = false; }

void account::apply(const account_closed&, const account_event& row) {
  if (!row.moved.amount.is_zero()) flow(row.moved.amount);
  closed_ = true;
}

void account::apply(const error_reported&, const account_event&) {}
void account::apply(const breaker_opened& e, const account_event&) { breaker_.fold(e); }
void account::apply(const breaker_half_opened& e, const account_event&) { breaker_.fold(e); }

void account::apply(const breaker_closed& e, const account_event&) {
  breaker_.fold(e);
  losses_in_row_ = 0;
}

/// An admin starts the count anew: what had been lost until now trips nothing again.
void account::apply(const troupe::breaker_reset& e, const account_event&) {
  breaker_.fold(e);
  losses_in_row_ = 0;
  drawdown_mark_ = balance_;
  day_result_ = {};
}

} // namespace troupe
