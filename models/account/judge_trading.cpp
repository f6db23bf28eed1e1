// Judging what trading reports, and what people and the breaker say about it.
#include "models/account/judgement.hpp"

namespace troupe {

namespace {

bool valid_trade(const trade_report& t) {
  return valid_id(t.id) && valid_symbol(t.symbol) && valid_time(t.executed_at)
      && valid_text(t.raw_profit_loss);
}

bool valid_amounts(const trade_report& t) {
  const bool exit_fine =
      !t.exit_price || (!t.exit_price->is_negative() && t.exit_price->in_range());
  return t.quantity.is_positive() && t.quantity.in_range() && !t.entry_price.is_negative()
      && t.entry_price.in_range() && exit_fine && t.profit_loss.in_range();
}

bool counts_add_up(const daily_performance& d) {
  return std::uint64_t{d.winning_trades} + d.losing_trades <= d.trades_executed;
}

} // namespace

risk_figures account::risk_after(money moved, std::int64_t day, utc_ms at) const {
  const auto today = std::max(day_, day_of(at));
  const auto so_far = today == day_ ? day_result_ : money{};
  risk_figures out;
  out.equity = *add(balance_, moved);
  out.drawdown_mark = std::max(drawdown_mark_, out.equity);
  out.day_result = day >= today ? *add(so_far, moved) : so_far;
  out.day_base = *subtract(out.equity, out.day_result);
  out.losses_in_row = losses_in_row_;
  return out;
}

void account::half_open_if_due(judgement& j, utc_ms at) const {
  if (breaker_.half_open_due(at)) j.also(breaker_half_opened{breaker_.until()});
}

verdict account::judge(const settle_trade& c) const {
  auto j = begin(c);
  const auto& t = c.trade;
  j.field(valid_trade(t))
      .require(valid_amounts(t), refusal::amount_not_allowed)
      .standing()
      .of_kind(account_kind::investment)
      .not_closed();
  if (!j.undecided()) return j.done();
  if (t.status == trade_status::open) {
    half_open_if_due(j, c.at);
    return j.accept(trade_opened{t}).done();
  }
  const auto day = day_of(t.executed_at);
  const bool absorbed = days_.settled(day);
  const auto moved = absorbed ? money{} : t.profit_loss;
  j.holds(add(balance_, moved));
  if (!j.undecided()) return j.done();
  auto risk = risk_after(moved, day, c.at);
  j.require(risk.day_result.in_range(), refusal::balance_out_of_range);
  if (t.profit_loss.is_negative()) ++risk.losses_in_row;
  if (t.profit_loss.is_positive()) risk.losses_in_row = 0;
  half_open_if_due(j, c.at);
  j.accept(trade_settled{t, absorbed},
           moved.is_zero() ? house_account::none : house_account::market, moved);
  auto breaker = breaker_;
  if (breaker.half_open_due(c.at)) breaker.fold(breaker_half_opened{breaker.until()});
  // The trade under test, or where none was announced any that was made since.
  const bool decides = breaker.probe().empty() ? t.executed_at >= breaker.half_open_since()
                                               : breaker.probe() == t.id;
  if (auto next = breaker.after_trade(limits_of(product_), risk, t.profit_loss, decides, c.at))
    std::visit([&](auto& event) { j.also(event); }, *next);
  return j.done();
}

verdict account::judge(const adjust_balance& c) const {
  auto j = begin(c);
  j.text(c.reason)
      .text(c.raw_balance)
      .require(!c.new_balance.is_negative() && c.new_balance.in_range(),
               refusal::amount_not_allowed)
      .standing()
      .of_kind(account_kind::investment)
      .not_closed();
  if (!j.undecided()) return j.done();
  const auto moved = *subtract(c.new_balance, balance_);
  // Counted towards the newest day, as it is folded, even when the clock went back over midnight.
  const auto risk = risk_after(moved, std::max(day_, day_of(c.at)), c.at);
  j.require(risk.day_result.in_range(), refusal::balance_out_of_range);
  j.accept(balance_adjusted{c.reason, c.raw_balance},
           moved.is_zero() ? house_account::none : house_account::market, moved);
  if (moved.is_negative())
    if (auto trip = breaker_.after_adjustment(limits_of(product_), risk, c.at)) j.also(*trip);
  return j.done();
}

verdict account::judge(const record_daily_performance& c) const {
  auto j = begin(c);
  const auto& d = c.row;
  j.field(valid_text(d.raw_closing_balance) && d.day >= 0 && d.day < day_of(latest_time)
          && counts_add_up(d))
      .require(!d.opening_balance.is_negative() && d.opening_balance.in_range()
                   && !d.closing_balance.is_negative() && d.closing_balance.in_range()
                   && d.daily_return.in_range(),
               refusal::amount_not_allowed)
      .standing()
      .of_kind(account_kind::investment)
      .not_closed();
  const bool settled = days_.settled(d.day);
  const auto own = settled ? std::optional{d.closing_balance} : days_.at_end_of(d.day);
  j.require(own && d.day <= std::max(day_, day_of(c.at)), refusal::day_out_of_reach);
  if (!j.undecided()) return j.done();
  const auto moved = *subtract(d.closing_balance, *own);
  const auto risk = risk_after(moved, d.day, c.at);
  j.holds(risk.equity).require(risk.day_result.in_range(), refusal::balance_out_of_range);
  if (!j.undecided()) return j.done();
  j.accept(performance_recorded{d}, moved.is_zero() ? house_account::none : house_account::market,
           moved);
  if (moved.is_negative())
    if (auto trip = breaker_.after_adjustment(limits_of(product_), risk, c.at)) j.also(*trip);
  return j.done();
}

verdict account::judge(const pause_account& c) const {
  auto j = begin(c);
  return j.text(c.reason)
      .standing()
      .of_kind(account_kind::investment)
      .not_closed()
      .accept(account_paused{c.reason})
      .done();
}

verdict account::judge(const resume_account& c) const {
  auto j = begin(c);
  return j.standing()
      .of_kind(account_kind::investment)
      .not_closed()
      .require(paused_ || breaker_.state() != breaker_state::open, refusal::breaker_is_open)
      .accept(account_resumed{})
      .done();
}

verdict account::judge(const report_error& c) const {
  auto j = begin(c);
  j.text(c.error_type)
      .text(c.message)
      .standing()
      .of_kind(account_kind::investment)
      .not_closed()
      .accept(error_reported{c.critical, c.error_type, c.message});
  if (c.critical)
    if (auto trip = breaker_.after_critical_error()) j.also(*trip);
  return j.done();
}

verdict account::judge(const reset_breaker& c) const {
  auto j = begin(c);
  return j.id(c.by)
      .text(c.reason)
      .standing()
      .of_kind(account_kind::investment)
      .not_closed()
      .require(breaker_.state() != breaker_state::closed, refusal::breaker_is_closed)
      .accept(troupe::breaker_reset{c.by, c.reason})
      .done();
}

verdict account::judge(const tick_account& c) const {
  // A tick has no reference of its own and leaves none behind.
  const reference_id tick{"tick"};
  judgement j{*this, c.account, tick, c.at, 0};
  j.require(exists(), refusal::account_unknown);
  if (!closed_) half_open_if_due(j, c.at);
  return j.done();
}

verdict account::judge(const account_command& command) const {
  return std::visit([&](auto& c) { return judge(c); }, command);
}

trade_permission account::may_trade(utc_ms at) const {
  if (!exists()) return {refusal::account_unknown, {}, false};
  if (kind_ != account_kind::investment) return {refusal::wrong_kind, {}, false};
  if (closed_) return {refusal::account_is_closed, {}, false};
  if (paused_) return {refusal::account_is_paused, {}, false};
  const bool due = breaker_.half_open_due(at);
  const auto state = due ? breaker_state::half_open : breaker_.state();
  if (state == breaker_state::open || !breaker_.probe().empty())
    return {refusal::breaker_is_open, {}, false};
  if (!available().is_positive()) return {refusal::not_enough, {}, false};
  const auto& limits = limits_of(product_);
  const bool reduced = state == breaker_state::half_open;
  const auto size = share_of(balance_, limits.position_bps);
  return {refusal::none, reduced ? share_of(size, limits.half_open_bps) : size, reduced};
}

} // namespace troupe
