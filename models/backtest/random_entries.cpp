#include "models/backtest/random_entries.hpp"

#include "models/backtest/draws.hpp"

#include <cmath>

namespace troupe {

namespace {

// A close whose next open lies beyond a barrier, or that has no stop, is drawn again.
constexpr int most_draws = 64;

} // namespace

random_run enter_at_random(const std::vector<backtest_trade>& like, double round_trip_bp,
                           int horizon, const std::vector<candle>& candles,
                           const scored_history& history, std::uint64_t seed, std::uint32_t run) {
  random_run out;
  draws random{seed * 0x2545f4914f6cdd1dULL + run};
  for (const auto& trade : like) {
    for (int draw = 0; draw < most_draws; ++draw) {
      const std::size_t i = random.below(history.closes.size());
      const auto& seen = history.closes[i];
      const std::size_t at = history.at[i];
      const double stop = stop_fraction(seen.sigma, seen.atr_fraction, horizon);
      const double direction = trade.long_side ? 1 : -1;
      const trade_plan plan{trade.long_side, seen.close, seen.close * (1 - direction * stop),
                            seen.close * (1 + direction * stop * trade.rr), trade.rr};
      if (!(stop > 0 && stop < 1) || at + 1 >= candles.size() || !(plan.tp > 0)) continue;
      const auto made = run_trade(plan, round_trip_bp, candles.data(), at, candles.size());
      if (!made) continue;
      out.gross_r += made->gross_r;
      out.net_r += made->net_r();
      break;
    }
  }
  return out;
}

random_comparison compare(double net_r, const std::vector<random_run>& runs) {
  random_comparison out;
  out.runs = static_cast<std::uint32_t>(runs.size());
  if (runs.empty()) return out;
  const auto n = static_cast<double>(runs.size());
  double better = 0;
  for (const auto& run : runs) {
    out.mean_gross_r += run.gross_r / n;
    out.mean_net_r += run.net_r / n;
    better += run.net_r < net_r ? 1 : run.net_r == net_r ? .5 : 0;
  }
  double squares = 0;
  for (const auto& run : runs)
    squares += (run.net_r - out.mean_net_r) * (run.net_r - out.mean_net_r);
  if (runs.size() > 1) out.deviation_net_r = std::sqrt(squares / (n - 1));
  out.better_than = better / n;
  return out;
}

} // namespace troupe
