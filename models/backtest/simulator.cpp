#include "models/backtest/simulator.hpp"

namespace troupe {

namespace {

// The market may have closed between two candles by schedule; a hole is no such thing.
bool follows_on(const calendar& hours, const candle& last, const candle& next) {
  return next.open_time - last.open_time == base_interval_ms
      || hours.scheduled_closure(last.open_time, next.open_time);
}

} // namespace

simulation simulate(const strategy& rules, const trading_costs& costs, int horizon,
                    const std::vector<candle>& candles, const scored_history& history,
                    const calendar& hours) {
  simulation out;
  signal_inputs in;
  in.horizon = horizon;
  std::size_t open_until = 0; // index of the candle in which the last trade ended
  bool traded = false;
  for (std::size_t i = 0; i < history.closes.size(); ++i) {
    const auto& seen = history.closes[i];
    in.last.close = seen.close;
    in.sigma = seen.sigma;
    in.atr_fraction = seen.atr_fraction;
    const auto said = judge(rules, costs, in, seen.odds);
    out.decisions.add(seen, horizon, said);
    if (said.type == signal_type::hold) ++out.holds;
    if (said.type == signal_type::buy) ++out.buys;
    if (said.type == signal_type::sell) ++out.sells;
    const std::size_t at = history.at[i];
    if (traded && at < open_until) continue;
    if (said.type == signal_type::hold || at + 1 >= candles.size()) continue;
    if (!follows_on(hours, candles[at], candles[at + 1])) {
      ++out.before_gap;
      continue;
    }
    const trade_plan plan{said.considered_long, said.entry, said.sl, said.tp, said.rr_ratio};
    const auto made = run_trade(plan, costs.round_trip_bp, candles.data(), at, candles.size());
    if (!made) {
      ++out.beyond;
      continue;
    }
    open_until = at + made->candles;
    traded = true;
    out.trades.push_back(*made);
  }
  return out;
}

} // namespace troupe
