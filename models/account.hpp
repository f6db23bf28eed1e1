// The rules of one account, a user's wallet or an investment: judge a command, fold what happened.
// Knows no actor, clock or database. What it cannot know is whether a reference older than those it
// remembers was used: that is the journal's unique index.
//
// Refusals are checked in the order of `refusal`; of several the first is named. Validity of the
// command comes before its reference, the reference before the state: so a repeat is answered with
// its first receipt whatever has become of the account since. Only accepted commands bind theirs.
//
// Paused (by hand, or read so after a critical error) refuses new money, never the way out, and
// never facts: trades, adjustments and performances are booked whatever the state, unless closed.
// A loss may eat into what is reserved for withdrawals (`available` is then negative) but not
// further than the balance: no account but the house's is ever below zero.
#pragma once
#include "messages/account_events.hpp"
#include "models/account/day_balances.hpp"
#include "models/account/references.hpp"
#include "models/circuit_breaker.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe {

class judgement;

/// What a strategy may do now.
struct trade_permission {
  refusal why = refusal::none;
  money max_position;   // 0 when refused
  bool reduced = false; // the one half-open trade
};

class account {
public:
  /// Open withdrawals, and open transfers, one account may have.
  static constexpr std::size_t max_open = 16;

  struct open_withdrawal {
    withdrawal_id id;
    money amount;
    bool approved = false;
  };
  /// Money of this account in transit. The shares are what its marks gave up with the amount, and
  /// get back with it.
  struct open_transfer {
    transfer_id id;
    account_id to;
    money amount, high_water_share, drawdown_share;
  };

  explicit account(account_id id) : id_{std::move(id)} {}

  /// Judges a command against the present state and changes nothing.
  verdict judge(const open_account& command) const;
  verdict judge(const deposit& command) const;
  verdict judge(const withdraw& command) const;
  verdict judge(const reserve_withdrawal& command) const;
  verdict judge(const approve_withdrawal& command) const;
  verdict judge(const complete_withdrawal& command) const;
  verdict judge(const reject_withdrawal& command) const;
  verdict judge(const expire_withdrawal& command) const;
  verdict judge(const transfer_out& command) const;
  verdict judge(const transfer_in& command) const;
  verdict judge(const settle_transfer& command) const;
  verdict judge(const return_transfer& command) const;
  verdict judge(const settle_trade& command) const;
  verdict judge(const adjust_balance& command) const;
  verdict judge(const record_daily_performance& command) const;
  verdict judge(const pause_account& command) const;
  verdict judge(const resume_account& command) const;
  verdict judge(const close_account& command) const;
  verdict judge(const report_error& command) const;
  verdict judge(const reset_breaker& command) const;
  verdict judge(const tick_account& command) const;
  verdict judge(const account_command& command) const;

  /// Takes one event into the state: the only mutation.
  /// Throws std::logic_error, and is of no further use, when the event does not follow: its version
  /// is not the next, or its balances are not what it leads to.
  void fold(const account_event& event);

  /// Whether a strategy may open a trade, and how large.
  trade_permission may_trade(utc_ms at) const;

  const account_id& id() const { return id_; }
  bool exists() const { return version_ != 0; }
  account_kind kind() const { return kind_; }
  product what() const { return product_; }
  const std::string& owner() const { return owner_; }
  const std::string& agent_type() const { return agent_type_; }
  account_status status() const;
  std::uint64_t version() const { return version_; }
  money balance() const { return balance_; } // what is reserved included
  money reserved() const { return reserved_; }
  money available() const { return *subtract(balance_, reserved_); }
  money high_water_mark() const { return high_water_mark_; }
  const circuit_breaker& breaker() const { return breaker_; }
  bool paused_by_hand() const { return paused_; }
  std::uint32_t losses_in_row() const { return losses_in_row_; }
  const std::vector<open_withdrawal>& withdrawals() const { return withdrawals_; }
  /// What a restart must go on with.
  const std::vector<open_transfer>& transfers() const { return transfers_; }

  /// The whole state in canonical bytes: equal states, equal bytes. A snapshot.
  std::string to_bytes() const;
  /// None when the bytes are not exactly one possible state.
  static std::optional<account> from_bytes(std::string_view bytes);

  /// All memory held, this object included.
  std::size_t memory_bytes() const;

private:
  friend class judgement;

  // Of many accounts little is in the cache: what lies apart is asked for all at once.
  void prefetch() const {
    references_.prefetch();
    days_.prefetch();
    __builtin_prefetch(id_.data());
    __builtin_prefetch(&breaker_);
  }
  template<class Command>
  judgement begin(const Command& command) const;
  verdict move_at_once(judgement& j, money signed_amount, house_account contra,
                       const std::optional<money>& expected, account_event_body what) const;
  risk_figures risk_after(money moved, std::int64_t day, utc_ms at) const;
  void half_open_if_due(judgement& j, utc_ms at) const;
  const open_withdrawal* withdrawal(const withdrawal_id& id) const;
  const open_transfer* transfer(const transfer_id& id) const;

  void roll_day(utc_ms at);
  void flow(money amount);
  void earn(money amount, std::int64_t day);
  money take_reserved(const withdrawal_id& id);
  void start_transfer(const transfer_id& id, const account_id& to, money amount,
                      money high_water_before, money drawdown_before);
  open_transfer take_transfer(const transfer_id& id);
  void apply(const account_opened& e, const account_event& row);
  void apply(const deposited& e, const account_event& row);
  void apply(const withdrawn& e, const account_event& row);
  void apply(const withdrawal_reserved& e, const account_event& row);
  void apply(const withdrawal_approved& e, const account_event& row);
  void apply(const withdrawal_completed& e, const account_event& row);
  void apply(const withdrawal_rejected& e, const account_event& row);
  void apply(const withdrawal_expired& e, const account_event& row);
  void apply(const transfer_reserved& e, const account_event& row);
  void apply(const transfer_credited& e, const account_event& row);
  void apply(const transfer_refused& e, const account_event& row);
  void apply(const transfer_settled& e, const account_event& row);
  void apply(const transfer_returned& e, const account_event& row);
  void apply(const trade_opened& e, const account_event& row);
  void apply(const trade_settled& e, const account_event& row);
  void apply(const balance_adjusted& e, const account_event& row);
  void apply(const performance_recorded& e, const account_event& row);
  void apply(const account_paused& e, const account_event& row);
  void apply(const account_resumed& e, const account_event& row);
  void apply(const account_closed& e, const account_event& row);
  void apply(const error_reported& e, const account_event& row);
  void apply(const breaker_opened& e, const account_event& row);
  void apply(const breaker_half_opened& e, const account_event& row);
  void apply(const breaker_closed& e, const account_event& row);
  void apply(const breaker_reset& e, const account_event& row);

  bool possible() const;
  template<class F>
  auto walk(F&& f) {
    return f(id_, version_, kind_, product_, owner_, agent_type_, paused_, closed_, funded_,
             balance_, reserved_, high_water_mark_, drawdown_mark_, day_, day_result_,
             losses_in_row_);
  }

  // What nearly every command reads stands together, ahead of the rest: of many accounts little is
  // in the cache.
  account_id id_;
  std::uint64_t version_ = 0;
  std::uint32_t losses_in_row_ = 0;
  account_kind kind_ = account_kind::investment;
  product product_ = product::none;
  bool paused_ = false, closed_ = false, funded_ = false;
  money balance_, reserved_;
  money high_water_mark_, drawdown_mark_; // of an investment account
  money day_result_;                      // of its trades and adjustments
  std::int64_t day_ = 0;                  // the newest day seen
  day_balances days_;
  recent_references references_;
  circuit_breaker breaker_;
  std::vector<open_withdrawal> withdrawals_;
  std::vector<open_transfer> transfers_;
  std::string owner_, agent_type_;
};

} // namespace troupe
