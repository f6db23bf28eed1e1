// The fields of everything said of accounts, listed once: for canonical bytes, content hashes and
// whoever else walks over them. `content` of a command is what must be equal in a repeat: all but
// account, reference and time.
#pragma once
#include "messages/account_events.hpp"

namespace troupe {

template<class F>
auto content(F&& f, open_account& x) {
  return f(x.kind, x.what, x.owner, x.agent_type, x.initial_capital, x.source);
}
template<class F>
auto content(F&& f, deposit& x) {
  return f(x.amount, x.source, x.expected_balance);
}
template<class F>
auto content(F&& f, withdraw& x) {
  return f(x.amount, x.target, x.expected_balance);
}
template<class F>
auto content(F&& f, reserve_withdrawal& x) {
  return f(x.withdrawal, x.amount, x.needs_approval);
}
template<class F>
auto content(F&& f, approve_withdrawal& x) {
  return f(x.withdrawal);
}
template<class F>
auto content(F&& f, complete_withdrawal& x) {
  return f(x.withdrawal, x.target, x.to);
}
template<class F>
auto content(F&& f, reject_withdrawal& x) {
  return f(x.withdrawal, x.reason);
}
template<class F>
auto content(F&& f, expire_withdrawal& x) {
  return f(x.withdrawal);
}
template<class F>
auto content(F&& f, transfer_out& x) {
  return f(x.transfer, x.to, x.amount);
}
template<class F>
auto content(F&& f, transfer_in& x) {
  return f(x.transfer, x.from, x.amount);
}
template<class F>
auto content(F&& f, settle_transfer& x) {
  return f(x.transfer);
}
template<class F>
auto content(F&& f, return_transfer& x) {
  return f(x.transfer, x.reason);
}
template<class F>
auto fields(F&& f, trade_report& x) {
  return f(x.id, x.symbol, x.side, x.quantity, x.entry_price, x.exit_price, x.profit_loss, x.status,
           x.executed_at, x.raw_profit_loss);
}
template<class F>
auto content(F&& f, settle_trade& x) {
  return fields(f, x.trade);
}
template<class F>
auto content(F&& f, adjust_balance& x) {
  return f(x.new_balance, x.reason, x.raw_balance);
}
template<class F>
auto fields(F&& f, daily_performance& x) {
  return f(x.day, x.opening_balance, x.closing_balance, x.daily_return, x.trades_executed,
           x.winning_trades, x.losing_trades, x.raw_closing_balance);
}
template<class F>
auto content(F&& f, record_daily_performance& x) {
  return fields(f, x.row);
}
template<class F>
auto content(F&& f, pause_account& x) {
  return f(x.reason);
}
template<class F>
auto content(F&& f, resume_account&) {
  return f();
}
template<class F>
auto content(F&& f, close_account& x) {
  return f(x.payout);
}
template<class F>
auto content(F&& f, report_error& x) {
  return f(x.critical, x.error_type, x.message);
}
template<class F>
auto content(F&& f, reset_breaker& x) {
  return f(x.by, x.reason);
}

template<class F>
auto fields(F&& f, posting& x) {
  return f(x.contra, x.amount, x.balance_after);
}
template<class F>
auto fields(F&& f, receipt& x) {
  return f(x.reference, x.version, x.at, x.kind, x.amount, x.balance_after, x.reserved_after);
}
template<class F>
auto fields(F&& f, breaker_evidence& x) {
  return f(x.measured, x.limit, x.base, x.losses_in_row);
}

template<class F>
auto fields(F&& f, account_opened& x) {
  return f(x.kind, x.what, x.owner, x.agent_type);
}
template<class F>
auto fields(F&& f, deposited&) {
  return f();
}
template<class F>
auto fields(F&& f, withdrawn&) {
  return f();
}
template<class F>
auto fields(F&& f, withdrawal_reserved& x) {
  return f(x.withdrawal, x.amount, x.needs_approval);
}
template<class F>
auto fields(F&& f, withdrawal_approved& x) {
  return f(x.withdrawal);
}
template<class F>
auto fields(F&& f, withdrawal_completed& x) {
  return f(x.withdrawal, x.to);
}
template<class F>
auto fields(F&& f, withdrawal_rejected& x) {
  return f(x.withdrawal, x.reason);
}
template<class F>
auto fields(F&& f, withdrawal_expired& x) {
  return f(x.withdrawal);
}
template<class F>
auto fields(F&& f, transfer_reserved& x) {
  return f(x.transfer, x.to);
}
template<class F>
auto fields(F&& f, transfer_credited& x) {
  return f(x.transfer, x.from);
}
template<class F>
auto fields(F&& f, transfer_refused& x) {
  return f(x.transfer, x.from, x.amount, x.reason);
}
template<class F>
auto fields(F&& f, transfer_settled& x) {
  return f(x.transfer);
}
template<class F>
auto fields(F&& f, transfer_returned& x) {
  return f(x.transfer, x.reason);
}
template<class F>
auto fields(F&& f, trade_opened& x) {
  return f(x.trade);
}
template<class F>
auto fields(F&& f, trade_settled& x) {
  return f(x.trade, x.absorbed);
}
template<class F>
auto fields(F&& f, balance_adjusted& x) {
  return f(x.reason, x.raw_balance);
}
template<class F>
auto fields(F&& f, performance_recorded& x) {
  return f(x.row);
}
template<class F>
auto fields(F&& f, account_paused& x) {
  return f(x.reason);
}
template<class F>
auto fields(F&& f, account_resumed&) {
  return f();
}
template<class F>
auto fields(F&& f, account_closed&) {
  return f();
}
template<class F>
auto fields(F&& f, error_reported& x) {
  return f(x.critical, x.error_type, x.message);
}
template<class F>
auto fields(F&& f, breaker_opened& x) {
  return f(x.cause, x.evidence, x.until, x.level);
}
template<class F>
auto fields(F&& f, breaker_half_opened& x) {
  return f(x.since);
}
template<class F>
auto fields(F&& f, breaker_closed&) {
  return f();
}
template<class F>
auto fields(F&& f, breaker_reset& x) {
  return f(x.by, x.reason);
}
template<class F>
auto fields(F&& f, account_event& x) {
  return f(x.version, x.at, x.reference, x.content, x.moved, x.reserved_after, x.what);
}

} // namespace troupe
