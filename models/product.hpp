// What each product allows: SPEC §5's table as data. Rates are basis points (1/100 of a percent).
#pragma once
#include "messages/account.hpp"

namespace troupe {

struct product_limits {
  std::uint32_t position_bps = 0;   // largest position, of equity
  std::uint32_t daily_loss_bps = 0; // of the day's base; reaching it trips the breaker
  std::uint32_t drawdown_bps = 0;   // from the high-water mark
  std::uint32_t losses_in_row = 0;
  utc_ms cool_down_ms = 0;                // first; doubled each time the half-open trade loses
  std::uint32_t half_open_bps = 0;        // of the usual position size
  std::uint32_t performance_fee_bps = 0;  // of profit above the high-water mark
  bool withdrawals_need_approval = false; // by an admin; else they leave at once
};

/// The longest cool-down, however often it is doubled.
inline constexpr utc_ms max_cool_down_ms = 7 * day_ms;

/// @pre what is not none (whose limits are all 0)
const product_limits& limits_of(product what);

/// `amount` × `bps` / 10,000, rounded half to even. @pre amount.in_range() and bps <= 10,000
money share_of(money amount, std::uint32_t bps);

} // namespace troupe
