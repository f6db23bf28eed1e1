// Transitions of the breaker. Limits are reached exactly: measured >= limit, in whole units.
#include "models/circuit_breaker.hpp"

#include <algorithm>

namespace troupe {

namespace {

/// The longest row of doublings that still matters: 6 h × 2^5 is beyond 7 days.
constexpr std::uint32_t max_level = 5;

/// `loss` is at least `bps` of `base`; exact, since both are far below 2^127 / 10,000.
bool reaches(money loss, money base, std::uint32_t bps) {
  return loss.is_positive() && loss.units() * 10'000 >= base.units() * bps;
}

} // namespace

bool circuit_breaker::half_open_due(utc_ms at) const {
  return state_ == breaker_state::open && until_ != 0 && at >= until_;
}

breaker_opened circuit_breaker::opened(const product_limits& limits, breaker_cause cause,
                                       breaker_evidence what, std::uint32_t level,
                                       utc_ms at) const {
  const auto doubled = limits.cool_down_ms << std::min(level, max_level);
  return {cause, what, at + std::min(doubled, max_cool_down_ms), std::min(level, max_level)};
}

std::optional<breaker_opened> circuit_breaker::limit_reached(const product_limits& limits,
                                                             const risk_figures& risk,
                                                             std::uint32_t level, utc_ms at) const {
  const auto evidence = [&](money measured, money base, std::uint32_t bps) {
    return breaker_evidence{measured, share_of(base, bps), std::min(base, money::max()),
                            risk.losses_in_row};
  };
  const auto day_loss = *negate(risk.day_result);
  if (reaches(day_loss, risk.day_base, limits.daily_loss_bps))
    return opened(limits, breaker_cause::daily_loss,
                  evidence(day_loss, risk.day_base, limits.daily_loss_bps), level, at);
  const auto fallen = *subtract(risk.drawdown_mark, risk.equity);
  if (reaches(fallen, risk.drawdown_mark, limits.drawdown_bps))
    return opened(limits, breaker_cause::drawdown,
                  evidence(fallen, risk.drawdown_mark, limits.drawdown_bps), level, at);
  if (limits.losses_in_row != 0 && risk.losses_in_row >= limits.losses_in_row)
    return opened(limits, breaker_cause::consecutive_losses, {{}, {}, {}, risk.losses_in_row},
                  level, at);
  return std::nullopt;
}

std::optional<circuit_breaker::transition>
circuit_breaker::after_trade(const product_limits& limits, const risk_figures& risk,
                             money profit_loss, bool decides, utc_ms at) const {
  if (state_ == breaker_state::closed) {
    if (!profit_loss.is_negative()) return std::nullopt;
    if (auto event = limit_reached(limits, risk, 0, at)) return *event;
    return std::nullopt;
  }
  if (state_ == breaker_state::open || !decides || profit_loss.is_zero()) return std::nullopt;
  if (profit_loss.is_positive()) return breaker_closed{};
  if (auto event = limit_reached(limits, risk, level_ + 1, at)) return *event;
  // Within all limits, but the test was lost: the first cause stands.
  return opened(limits, cause_, {*negate(profit_loss), {}, {}, risk.losses_in_row}, level_ + 1, at);
}

std::optional<breaker_opened> circuit_breaker::after_adjustment(const product_limits& limits,
                                                                const risk_figures& risk,
                                                                utc_ms at) const {
  if (state_ != breaker_state::closed) return std::nullopt;
  auto counted = risk;
  counted.losses_in_row = 0; // an adjustment is no trade
  return limit_reached(limits, counted, 0, at);
}

std::optional<breaker_opened> circuit_breaker::after_critical_error() const {
  if (state_ == breaker_state::open && cause_ == breaker_cause::critical_error) return std::nullopt;
  return breaker_opened{breaker_cause::critical_error, {}, 0, level_};
}

void circuit_breaker::fold(const breaker_opened& event) {
  state_ = breaker_state::open;
  cause_ = event.cause;
  evidence_ = event.evidence;
  until_ = event.until;
  since_ = 0;
  level_ = event.level;
  probe_.clear();
}

void circuit_breaker::fold(const breaker_half_opened& event) {
  state_ = breaker_state::half_open;
  until_ = 0;
  since_ = event.since;
}

void circuit_breaker::fold(const breaker_closed&) { *this = {}; }
void circuit_breaker::fold(const breaker_reset&) { *this = {}; }

void circuit_breaker::take_probe(const trade_id& trade) {
  if (state_ == breaker_state::half_open && probe_.empty()) probe_ = trade;
}

bool circuit_breaker::plausible() const {
  const bool caused = cause_ != breaker_cause::none;
  if (level_ > max_level || caused != (state_ != breaker_state::closed)) return false;
  if (state_ == breaker_state::half_open) return until_ == 0 && probe_.size() <= max_id_bytes;
  const bool endless = cause_ == breaker_cause::critical_error;
  return since_ == 0 && probe_.empty()
      && (state_ == breaker_state::open ? endless == (until_ == 0) : until_ == 0 && level_ == 0);
}

} // namespace troupe
