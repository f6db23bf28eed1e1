#include "models/backtest/leak_check.hpp"

#include "models/backtest/draws.hpp"
#include "models/forecast/barriers.hpp"
#include "models/forecast/metrics.hpp"

#include <algorithm>
#include <cstring>

namespace troupe {

namespace {

constexpr std::size_t most_judged = 20'000;

bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

bool same(const barrier_odds& a, const barrier_odds& b) {
  return same(a.rr, b.rr) && same(a.p_tp, b.p_tp) && same(a.p_sl, b.p_sl)
      && same(a.p_timeout, b.p_timeout) && same(a.mean_timeout_r, b.mean_timeout_r)
      && same(a.expected_net_r, b.expected_net_r) && same(a.standard_error_r, b.standard_error_r);
}

// Compares what a run over the candles before `end` said with what was said knowing all.
void compare(const scored_history& whole, const scored_history& cut, std::uint32_t end,
             leak_report& out) {
  if (cut.at.empty()) return;
  const auto begin = std::lower_bound(whole.at.begin(), whole.at.end(), cut.at.front());
  auto i = static_cast<std::size_t>(begin - whole.at.begin());
  std::size_t k = 0;
  for (; i < whole.at.size() && whole.at[i] < end; ++i, ++k) {
    ++out.compared;
    if (k < cut.at.size() && cut.at[k] == whole.at[i]
        && same_scores(whole.closes[i], cut.closes[k]))
      continue;
    const auto time = whole.closes[i].time;
    out.changed = std::min(out.changed.value_or(time), time);
    return;
  }
}

double area(const scored_history& whole, int horizon, const std::vector<candle>& candles,
            bool long_side, std::uint64_t& judged) {
  std::vector<scored_event> events;
  const std::size_t stride = whole.at.size() / most_judged + 1;
  for (std::size_t i = 0; i < whole.at.size(); i += stride) {
    const auto& seen = whole.closes[i];
    const std::size_t at = whole.at[i];
    if (at + timeout_candles >= candles.size()) break;
    const double stop = stop_fraction(seen.sigma, seen.atr_fraction, horizon);
    const auto came = follow({seen.close, stop, 2, long_side}, &candles[at + 1], timeout_candles);
    events.push_back({seen.odds[long_side ? 0 : 1][0].p_tp, came.hit == barrier::tp});
  }
  judged += events.size();
  return area_under_curve(events);
}

} // namespace

bool same_scores(const scored_close& a, const scored_close& b) {
  if (a.time != b.time || a.phase != b.phase || !same(a.close, b.close) || !same(a.sigma, b.sigma)
      || !same(a.atr_fraction, b.atr_fraction) || !same(a.delta_high, b.delta_high)
      || !same(a.delta_low, b.delta_low))
    return false;
  for (std::size_t side = 0; side < 2; ++side)
    for (std::size_t rr = 0; rr < 2; ++rr)
      if (!same(a.odds[side][rr], b.odds[side][rr])) return false;
  return true;
}

leak_report check_leaks(const history_scorer& scorer, const scored_history& whole, int horizon,
                        const std::vector<candle>& candles, std::uint64_t cuts,
                        std::uint64_t seed) {
  leak_report out;
  if (whole.at.empty()) return out;
  draws random{seed};
  for (; out.cuts < cuts; ++out.cuts) {
    const std::uint32_t end = whole.at[random.below(whole.at.size())] + 1;
    compare(whole, scorer({candles.begin(), candles.begin() + end}), end, out);
  }
  out.auc_long = area(whole, horizon, candles, true, out.judged);
  out.auc_short = area(whole, horizon, candles, false, out.judged);
  return out;
}

} // namespace troupe
