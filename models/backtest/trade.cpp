#include "models/backtest/trade.hpp"

#include "models/forecast/barriers.hpp"

#include <algorithm>

namespace troupe {

namespace {

struct way_out {
  trade_end end = trade_end::cut;
  double price = 0;
  std::size_t at = 0; // index of the candle
};

template<bool Long>
way_out follow_out(double sl, double tp, const candle* candles, std::size_t first,
                   std::size_t count) {
  const std::size_t last = std::min(count, first + timeout_candles);
  for (std::size_t i = first; i < last; ++i) {
    const candle& c = candles[i];
    if (Long ? c.low <= sl : c.high >= sl)
      return {trade_end::sl, Long ? std::min(sl, c.open) : std::max(sl, c.open), i};
    if (Long ? c.high >= tp : c.low <= tp) return {trade_end::tp, tp, i};
  }
  const bool timed_out = last - first == timeout_candles;
  return {timed_out ? trade_end::timeout : trade_end::cut, candles[last - 1].close, last - 1};
}

} // namespace

std::string_view to_string(trade_end e) {
  switch (e) {
  case trade_end::tp: return "tp";
  case trade_end::sl: return "sl";
  case trade_end::timeout: return "timeout";
  case trade_end::cut: break;
  }
  return "cut";
}

std::optional<backtest_trade> run_trade(const trade_plan& plan, double round_trip_bp,
                                        const candle* candles, std::size_t decided,
                                        std::size_t count) {
  const std::size_t first = decided + 1;
  const double open = candles[first].open;
  const bool inside =
      plan.long_side ? open > plan.sl && open < plan.tp : open < plan.sl && open > plan.tp;
  if (!inside) return std::nullopt;
  const auto out = plan.long_side ? follow_out<true>(plan.sl, plan.tp, candles, first, count)
                                  : follow_out<false>(plan.sl, plan.tp, candles, first, count);
  const double risk = plan.long_side ? plan.stated - plan.sl : plan.sl - plan.stated;
  const double gain = plan.long_side ? out.price - open : open - out.price;
  backtest_trade t;
  t.decided = candles[decided].open_time;
  t.entered = candles[first].open_time;
  t.ended = candles[out.at].open_time;
  t.long_side = plan.long_side;
  t.end = out.end;
  t.rr = plan.rr;
  t.entry = open;
  t.sl = plan.sl;
  t.tp = plan.tp;
  t.exit = out.price;
  t.gross_r = gain / risk;
  t.cost_r = round_trip_bp / 1e4 * open / risk;
  t.candles = static_cast<std::uint32_t>(out.at - first + 1);
  return t;
}

} // namespace troupe
