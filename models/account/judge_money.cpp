// Judging the commands that bring, keep or take money on somebody's word.
#include "models/account/judgement.hpp"

namespace troupe {

namespace {

/// Where money may come from or go to at a client's word.
bool outside(house_account x) { return x == house_account::engine || x == house_account::payments; }

} // namespace

verdict account::judge(const open_account& c) const {
  auto j = begin(c);
  const bool wallet = c.kind == account_kind::wallet;
  j.field(wallet == (c.what == product::none) && outside(c.source) && c.owner.size() <= max_id_bytes
          && c.agent_type.size() <= max_id_bytes)
      .require(!c.initial_capital.is_negative() && c.initial_capital.in_range(),
               refusal::amount_not_allowed)
      .remember()
      .require(!exists(), refusal::account_exists);
  const bool funded = c.initial_capital.is_positive();
  return j
      .accept(account_opened{c.kind, c.what, c.owner, c.agent_type},
              funded ? c.source : house_account::none, c.initial_capital)
      .done();
}

/// Money in or out at once, compared with the balance the client expects.
verdict account::move_at_once(judgement& j, money amount, house_account contra,
                              const std::optional<money>& expected, account_event_body what) const {
  if (!j.undecided()) return j.done(); // what was refused may be any 128 bits
  const auto after = add(balance_, amount);
  if (j.undecided() && expected && *expected == balance_ && !amount.is_zero()) {
    // The expectation holds already: a repeat without a key, if that very movement was the one.
    auto earlier = references_.newest_with_content(j.content());
    if (earlier && earlier->answer.balance_after == balance_) j.answer(std::move(earlier->answer));
  }
  const std::optional<money> left = amount.is_negative() ? *add(available(), amount) : money{};
  return j.require(left && !left->is_negative(), refusal::not_enough)
      .require(!expected || after == *expected, refusal::unexpected_balance)
      .holds(after)
      .accept(std::move(what), contra, amount)
      .done();
}

verdict account::judge(const deposit& c) const {
  auto j = begin(c);
  j.field(outside(c.source)).positive(c.amount).standing().not_closed().not_paused();
  return move_at_once(j, c.amount, c.source, c.expected_balance, deposited{});
}

verdict account::judge(const withdraw& c) const {
  auto j = begin(c);
  j.field(outside(c.target)).positive(c.amount).standing().not_closed();
  return move_at_once(j, negate(c.amount).value_or(money{}), c.target, c.expected_balance,
                      withdrawn{});
}

verdict account::judge(const reserve_withdrawal& c) const {
  auto j = begin(c);
  return j.id(c.withdrawal)
      .positive(c.amount)
      .standing()
      .not_closed()
      .require(!withdrawal(c.withdrawal), refusal::id_in_use)
      .require(withdrawals_.size() < max_open, refusal::too_many_open)
      .require(c.amount <= available(), refusal::not_enough)
      .accept_reserving(withdrawal_reserved{c.withdrawal, c.amount, c.needs_approval}, c.amount)
      .done();
}

verdict account::judge(const approve_withdrawal& c) const {
  auto j = begin(c);
  j.id(c.withdrawal).standing().not_closed();
  const auto* w = withdrawal(c.withdrawal);
  return j.require(w, refusal::not_open_any_more)
      .require(w && !w->approved, refusal::wrong_step)
      .accept(withdrawal_approved{c.withdrawal})
      .done();
}

verdict account::judge(const complete_withdrawal& c) const {
  auto j = begin(c);
  const bool inside = c.target == house_account::transit;
  j.id(c.withdrawal)
      .field(inside ? valid_id(c.to) && c.to != id_ : outside(c.target) && c.to.empty())
      .standing()
      .not_closed();
  const auto* w = withdrawal(c.withdrawal);
  j.require(w, refusal::not_open_any_more)
      .require(w && w->approved, refusal::wrong_step)
      .require(!inside || !transfer(c.withdrawal), refusal::id_in_use)
      .require(!inside || transfers_.size() < max_open, refusal::too_many_open)
      .require(w && w->amount <= balance_, refusal::not_enough);
  if (!j.undecided()) return j.done();
  const auto out = *negate(w->amount);
  return j.accept_reserving(withdrawal_completed{c.withdrawal, c.to}, out, c.target, out).done();
}

verdict account::judge(const reject_withdrawal& c) const {
  auto j = begin(c);
  j.id(c.withdrawal).text(c.reason).standing().not_closed();
  const auto* w = withdrawal(c.withdrawal);
  j.require(w, refusal::not_open_any_more);
  if (!j.undecided()) return j.done();
  return j.accept_reserving(withdrawal_rejected{c.withdrawal, c.reason}, *negate(w->amount)).done();
}

verdict account::judge(const expire_withdrawal& c) const {
  auto j = begin(c);
  j.id(c.withdrawal).standing().not_closed();
  const auto* w = withdrawal(c.withdrawal);
  j.require(w, refusal::not_open_any_more).require(w && !w->approved, refusal::wrong_step);
  if (!j.undecided()) return j.done();
  return j.accept_reserving(withdrawal_expired{c.withdrawal}, *negate(w->amount)).done();
}

verdict account::judge(const transfer_out& c) const {
  auto j = begin(c);
  j.id(c.transfer).id(c.to).field(c.to != id_).positive(c.amount).standing().not_closed();
  j.require(!transfer(c.transfer), refusal::id_in_use)
      .require(transfers_.size() < max_open, refusal::too_many_open)
      .require(c.amount <= available(), refusal::not_enough);
  if (!j.undecided()) return j.done();
  return j.accept(transfer_reserved{c.transfer, c.to}, house_account::transit, *negate(c.amount))
      .done();
}

verdict account::judge(const transfer_in& c) const {
  auto j = begin(c);
  j.id(c.transfer).id(c.from).field(c.from != id_).positive(c.amount).standing();
  const auto after = add(balance_, c.amount);
  const char* why = closed_                            ? "the account is closed"
      : status() == account_status::paused             ? "the account is paused"
      : j.undecided() && !(after && after->in_range()) ? "the balance would be out of range"
                                                       : nullptr;
  if (why) return j.accept(transfer_refused{c.transfer, c.from, c.amount, why}).done();
  return j.accept(transfer_credited{c.transfer, c.from}, house_account::transit, c.amount).done();
}

verdict account::judge(const settle_transfer& c) const {
  auto j = begin(c);
  return j.id(c.transfer)
      .standing()
      .not_closed()
      .require(transfer(c.transfer), refusal::not_open_any_more)
      .accept(transfer_settled{c.transfer})
      .done();
}

verdict account::judge(const return_transfer& c) const {
  auto j = begin(c);
  j.id(c.transfer).text(c.reason).standing().not_closed();
  const auto* t = transfer(c.transfer);
  j.require(t, refusal::not_open_any_more);
  if (!j.undecided()) return j.done();
  return j.holds(add(balance_, t->amount))
      .accept(transfer_returned{c.transfer, c.reason}, house_account::transit, t->amount)
      .done();
}

verdict account::judge(const close_account& c) const {
  auto j = begin(c);
  j.field(c.payout == house_account::none || outside(c.payout))
      .standing()
      .not_closed()
      .require(withdrawals_.empty() && transfers_.empty(), refusal::something_open)
      .require(balance_.is_zero() || c.payout != house_account::none, refusal::balance_left);
  return j
      .accept(account_closed{}, balance_.is_zero() ? house_account::none : c.payout,
              *negate(balance_))
      .done();
}

} // namespace troupe
