#include "models/signal_rules.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace troupe {

namespace {

// A trade that hit neither barrier is closed after so many candles: the time-out the odds were
// trained with.
constexpr utc_ms timeout_candles = 288;

// Without trailing zeros for RRs and counts (decimals < 0), fixed otherwise.
std::string text(double x, int decimals = -1) {
  std::array<char, 64> buffer;
  const bool beyond = !(std::abs(x) < 1e15); // nothing sensible is, and it must fit
  const auto format =
      decimals < 0 || beyond ? std::chars_format::general : std::chars_format::fixed;
  const int precision = decimals < 0 || beyond ? 6 : decimals;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, format, precision).ptr;
  return {buffer.data(), end};
}

std::string with_sign(double x, int decimals) {
  const auto shown = text(x, decimals);
  return shown.front() == '-' ? shown : "+" + shown;
}

std::string percent(double fraction, int decimals) { return text(100 * fraction, decimals) + " %"; }

// One of the four ways to enter.
struct entry_way {
  bool long_side = true;
  barrier_odds odds;
  double score = 0;   // expected_net_r less the strategy's standard errors
  bool priced = true; // stop and target are prices above 0

  double margin_left(const strategy& rules) const { return score - rules.margin_r; }
  const char* side() const { return long_side ? "long" : "short"; }
};

using ways = std::array<entry_way, 4>; // both RRs of long, then of short

double gross(const barrier_odds& o) {
  return o.p_tp * o.rr - o.p_sl + o.p_timeout * o.mean_timeout_r;
}

ways judge_all(const strategy& rules, double cost_r, double stop, const odds_table& odds) {
  ways all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& w = all[i];
    w.long_side = i < 2;
    w.odds = odds[i / 2][i % 2];
    w.odds.expected_net_r = gross(w.odds) - cost_r;
    w.score = w.odds.expected_net_r - rules.standard_errors * w.odds.standard_error_r;
    w.priced = w.long_side || w.odds.rr * stop < 1;
  }
  return all;
}

// The best of them: first what can be priced, then what the strategy's least RR admits, then the
// higher score; of equals the earlier one.
const entry_way& best_of(const strategy& rules, const entry_way* begin, const entry_way* end) {
  return *std::max_element(begin, end, [&](const entry_way& a, const entry_way& b) {
    if (a.priced != b.priced) return b.priced;
    const bool a_admitted = a.odds.rr >= rules.min_rr, b_admitted = b.odds.rr >= rules.min_rr;
    return a_admitted != b_admitted ? b_admitted : a.score < b.score;
  });
}

std::string margin_text(const strategy& rules, const entry_way& way) {
  auto margin = "the margin " + text(rules.margin_r, 2) + " R";
  if (rules.standard_errors != 0)
    margin += " + " + text(rules.standard_errors)
        + (rules.standard_errors == 1 ? " standard error " : " standard errors ")
        + text(way.odds.standard_error_r, 2) + " R";
  return margin;
}

std::vector<std::string> reasons_of(const strategy& rules, const entry_way& best, double cost_r,
                                    double stop) {
  const auto& o = best.odds;
  const bool above = best.margin_left(rules) > 0;
  std::vector<std::string> reasons;
  reasons.push_back("expected net " + with_sign(o.expected_net_r, 2) + " R of the better side ("
                    + best.side() + ", RR " + text(o.rr) + ") is "
                    + (above ? "above " : "not above ") + margin_text(rules, best));
  if (o.rr < rules.min_rr)
    reasons.push_back("RR " + text(o.rr) + " is under the least RR " + text(rules.min_rr));
  if (rules.always_in) reasons.push_back(rules.name + " takes the better side whatever its value");
  reasons.push_back("TP first " + percent(o.p_tp, 0) + ", SL first " + percent(o.p_sl, 0)
                    + ", time-out " + percent(o.p_timeout, 0));
  reasons.push_back("costs are " + text(cost_r, 2) + " R of a stop of " + percent(stop, 2));
  return reasons;
}

signal no_trade(signal s, std::string reason) {
  s.reasons.push_back(std::move(reason));
  return s;
}

// A judgement and what its words are made of.
struct weighed {
  judgement of;
  entry_way best;
  double cost_r = 0;
  bool has_stop = false;
};

weighed weigh(const strategy& rules, const trading_costs& costs, const signal_inputs& in,
              const odds_table& odds) {
  weighed w;
  auto& j = w.of;
  j.entry = j.sl = j.tp = in.last.close;
  j.stop = stop_fraction(in.sigma, in.atr_fraction, in.horizon);
  w.has_stop = j.stop > 0 && j.stop < 1;
  if (!w.has_stop) return w;
  w.cost_r = costs.round_trip_bp / 1e4 / j.stop;
  const auto all = judge_all(rules, w.cost_r, j.stop, odds);
  for (const auto& way : all)
    if (!std::isfinite(way.score)) return w;

  w.best = best_of(rules, all.data(), all.data() + 4);
  const auto& best = w.best;
  const double direction = best.long_side ? 1 : -1;
  const bool taken =
      rules.always_in || (best.margin_left(rules) > 0 && best.odds.rr >= rules.min_rr);
  j.usable = true;
  j.considered_long = best.long_side;
  j.type = !taken ? signal_type::hold : best.long_side ? signal_type::buy : signal_type::sell;
  j.sl = j.entry * (1 - direction * j.stop);
  j.tp = j.entry * (1 + direction * j.stop * best.odds.rr);
  j.rr_ratio = best.odds.rr;
  j.prob_tp_first = best.odds.p_tp;
  j.expected_net_r = best.odds.expected_net_r;
  const std::size_t first = best.long_side ? 0 : 2;
  j.odds = {all[first].odds, all[first + 1].odds};
  const double larger = std::max(best_of(rules, all.data(), all.data() + 2).odds.p_tp,
                                 best_of(rules, all.data() + 2, all.data() + 4).odds.p_tp);
  j.confidence = taken ? best.odds.p_tp : 1 - larger;
  return w;
}

} // namespace

double stop_fraction(double sigma, double atr_fraction, int horizon) {
  return std::max(sigma * std::sqrt(static_cast<double>(horizon)), 1.5 * atr_fraction);
}

judgement judge(const strategy& rules, const trading_costs& costs, const signal_inputs& in,
                const odds_table& odds) {
  return weigh(rules, costs, in, odds).of;
}

signal decide(const strategy& rules, const trading_costs& costs, const signal_inputs& in,
              const odds_table& odds) {
  const auto weighing = weigh(rules, costs, in, odds);
  const auto& j = weighing.of;
  signal s;
  s.horizon = in.horizon;
  s.candle_time = in.last.open_time;
  s.created_at = in.last.open_time + base_interval_ms;
  s.expires_at = s.created_at + timeout_candles * base_interval_ms;
  s.type = j.type;
  s.confidence = j.confidence;
  s.entry = j.entry;
  s.sl = j.sl;
  s.tp = j.tp;
  s.rr_ratio = j.rr_ratio;
  s.prob_tp_first = j.prob_tp_first;
  s.expected_net_r = j.expected_net_r;
  s.considered_long = j.considered_long;
  if (in.range) {
    s.predicted_high = in.last.close * (1 + in.range->delta_high);
    s.predicted_low = in.last.close * (1 - in.range->delta_low);
  }
  s.amd_phase = in.amd_phase;
  s.strategy = rules.name;
  if (!weighing.has_stop)
    return no_trade(std::move(s),
                    j.stop > 0 ? "a stop of " + percent(j.stop, 0) + " of the price is none"
                               : "the market stands still: no stop distance");
  if (!j.usable) return no_trade(std::move(s), "the expected results are not finite");
  s.odds.assign(j.odds.begin(), j.odds.end());
  s.reasons = reasons_of(rules, weighing.best, weighing.cost_r, j.stop);
  return s;
}

} // namespace troupe
