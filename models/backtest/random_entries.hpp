// The question every backtest has to face: would entries at random have done as well? The same
// number of trades, with the sides and reward-to-risk ratios that the strategy took, stops by the
// same rule, at closes drawn from the same period. Random trades may overlap; each is followed on
// its own.
#pragma once
#include "models/backtest/report.hpp"

#include <cstdint>

namespace troupe {

/// One run's sums.
struct random_run {
  double gross_r = 0, net_r = 0;
};

/// The run of that number: a function of its arguments alone, so that runs may be made in any
/// order.
random_run enter_at_random(const std::vector<backtest_trade>& like, double round_trip_bp,
                           int horizon, const std::vector<candle>& candles,
                           const scored_history& history, std::uint64_t seed, std::uint32_t run);

/// How a net sum stands among runs.
random_comparison compare(double net_r, const std::vector<random_run>& runs);

} // namespace troupe
