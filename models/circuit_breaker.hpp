// The circuit breaker of one account: closed, open, half-open. It says which transition is due and
// folds it; figures of money come in from the account. A pause by hand is not its business, and
// resuming does not touch it.
#pragma once
#include "messages/account_events.hpp"
#include "models/product.hpp"

#include <optional>
#include <variant>

namespace troupe {

/// What the account knows of its risk once a loss or gain is counted.
struct risk_figures {
  money equity;
  money drawdown_mark; // the high-water mark, or the equity at the last reset by an admin
  money day_base;      // equity without the day's result
  money day_result;    // of the day's trades and adjustments
  std::uint32_t losses_in_row = 0;
};

class circuit_breaker {
public:
  using transition = std::variant<breaker_opened, breaker_closed>;

  /// True when a cool-down is over: breaker_half_opened comes before anything else at that time.
  bool half_open_due(utc_ms at) const;

  /// After a closed trade. Closed: opens when a loss reaches a limit, in the order daily loss,
  /// drawdown, losses in a row; a gain never opens it. Half-open: a win closes, a loss opens
  /// longer; a draw, and a trade that `decides` says is not the one under test, change nothing.
  /// Open: none.
  std::optional<transition> after_trade(const product_limits& limits, const risk_figures& risk,
                                        money profit_loss, bool decides, utc_ms at) const;

  /// After an adjusting entry that lowered the balance: as a loss while closed, else none.
  std::optional<breaker_opened> after_adjustment(const product_limits& limits,
                                                 const risk_figures& risk, utc_ms at) const;

  /// After a critical error: open without a cool-down, unless it is so already.
  std::optional<breaker_opened> after_critical_error() const;

  void fold(const breaker_opened& event);
  void fold(const breaker_half_opened& event);
  void fold(const breaker_closed& event);
  void fold(const breaker_reset& event);
  /// A trade was opened while half-open: the one under test. Others are ignored.
  void take_probe(const trade_id& trade);
  /// The trade under test ended without a win or loss: the place is free again.
  void free_probe() { probe_.clear(); }

  breaker_state state() const { return state_; }
  breaker_cause cause() const { return cause_; }
  const breaker_evidence& evidence() const { return evidence_; }
  /// When it will be half-open; 0: not by itself, or not open.
  utc_ms until() const { return until_; }
  utc_ms half_open_since() const { return since_; }
  std::uint32_t level() const { return level_; }
  /// The trade under test; empty: none was announced.
  const trade_id& probe() const { return probe_; }

  /// Canonical fields, for snapshots.
  template<class F>
  auto walk(F&& f) {
    return f(state_, cause_, evidence_, until_, since_, level_, probe_);
  }
  /// False for a combination that no events lead to.
  bool plausible() const;

private:
  breaker_opened opened(const product_limits& limits, breaker_cause cause, breaker_evidence what,
                        std::uint32_t level, utc_ms at) const;
  std::optional<breaker_opened> limit_reached(const product_limits& limits,
                                              const risk_figures& risk, std::uint32_t level,
                                              utc_ms at) const;

  breaker_state state_ = breaker_state::closed;
  breaker_cause cause_ = breaker_cause::none;
  std::uint32_t level_ = 0;
  utc_ms until_ = 0, since_ = 0;
  trade_id probe_;
  breaker_evidence evidence_;
};

} // namespace troupe
