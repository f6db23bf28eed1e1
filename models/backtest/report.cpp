#include "models/backtest/report.hpp"

#include "models/fnv.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace troupe {

namespace {

constexpr double days_a_year = 365;

double result(const backtest_trade& t, bool net) { return net ? t.net_r() : t.gross_r; }

void count_ends(const std::vector<backtest_trade>& trades, backtest_report& out) {
  for (const auto& t : trades) {
    if (t.end == trade_end::tp) ++out.ended_tp;
    if (t.end == trade_end::sl) ++out.ended_sl;
    if (t.end == trade_end::timeout) ++out.timed_out;
    if (t.end == trade_end::cut) ++out.cut;
  }
}

void add_months(const std::vector<backtest_trade>& trades, backtest_report& out) {
  for (const auto& t : trades) {
    auto month = to_iso8601(t.decided).substr(0, 7);
    if (out.by_month.empty() || out.by_month.back().month != month) {
      out.by_month.emplace_back();
      out.by_month.back().month = std::move(month);
    }
    auto& m = out.by_month.back();
    ++m.trades;
    if (t.net_r() > 0) ++m.wins;
    m.gross_r += t.gross_r;
    m.net_r += t.net_r();
  }
}

// Sums, the curve and what is read off it.
void add_curve(const std::vector<backtest_trade>& trades, backtest_report& out) {
  double gained = 0, lost = 0, highest = 0, candles = 0;
  for (const auto& t : trades) {
    out.gross_r += t.gross_r;
    out.cost_r += t.cost_r;
    out.net_r += t.net_r();
    if (t.net_r() > 0) ++out.wins;
    (t.net_r() > 0 ? gained : lost) += std::abs(t.net_r());
    highest = std::max(highest, out.net_r);
    out.max_drawdown_r = std::max(out.max_drawdown_r, highest - out.net_r);
    out.curve.push_back({t.ended, out.gross_r, out.net_r});
    candles += t.candles;
  }
  if (lost > 0) out.profit_factor = gained / lost;
  if (out.trades > 0) out.win_rate = static_cast<double>(out.wins) / double(out.trades);
  out.exposure = std::min(1.0, candles / static_cast<double>(out.closes));
}

double daily_sharpe(const std::vector<backtest_trade>& trades, utc_ms from, utc_ms to) {
  std::map<std::int64_t, double> days;
  for (const auto& t : trades) days[t.ended / day_ms] += t.net_r();
  const auto n = static_cast<double>(to / day_ms - from / day_ms + 1);
  double sum = 0, squares = 0;
  for (const auto& day : days) sum += day.second;
  const double mean = sum / n;
  for (const auto& day : days) squares += (day.second - mean) * (day.second - mean);
  squares += (n - static_cast<double>(days.size())) * mean * mean;
  return squares > 0 ? mean / std::sqrt(squares / n) * std::sqrt(days_a_year) : 0;
}

} // namespace

mean_r mean_of(const std::vector<backtest_trade>& trades, bool net) {
  mean_r out;
  if (trades.empty()) return out;
  double sum = 0;
  for (const auto& t : trades) sum += result(t, net);
  const auto n = static_cast<double>(trades.size());
  out.mean = sum / n;
  std::map<std::int64_t, double> days; // how far the trades of a day lie from the mean, together
  for (const auto& t : trades) days[t.decided / day_ms] += result(t, net) - out.mean;
  const auto blocks = static_cast<double>(days.size());
  if (blocks < 2) return out;
  double squares = 0;
  for (const auto& day : days) squares += day.second * day.second;
  out.error = std::sqrt(squares * blocks / (blocks - 1)) / n;
  return out;
}

backtest_report report_of(const simulation& made, const scored_history& history) {
  backtest_report out;
  out.from = history.closes.front().time;
  out.to = history.closes.back().time;
  out.closes = history.closes.size();
  out.buys = made.buys;
  out.sells = made.sells;
  out.holds = made.holds;
  out.beyond = made.beyond;
  out.before_gap = made.before_gap;
  out.trades = made.trades.size();
  count_ends(made.trades, out);
  add_curve(made.trades, out);
  add_months(made.trades, out);
  out.gross = mean_of(made.trades, false);
  out.net = mean_of(made.trades, true);
  out.sharpe = daily_sharpe(made.trades, out.from, out.to);
  out.decision_hash = made.decisions.hex();
  return out;
}

void seal(backtest_report& report, const std::vector<backtest_trade>& trades) {
  fnv1a hash;
  hash.add(report.decision_hash).add(report.symbol).add_number(report.horizon);
  hash.add_number(report.costs.round_trip_bp).add_number(report.from).add_number(report.to);
  for (const auto& t : trades) {
    hash.add_number(t.decided).add_number(t.entered).add_number(t.ended);
    hash.add_number(static_cast<std::uint8_t>(t.long_side));
    hash.add_number(static_cast<std::uint8_t>(t.end));
    for (const double x : {t.rr, t.entry, t.sl, t.tp, t.exit, t.gross_r, t.cost_r})
      hash.add_number(x);
  }
  for (const double x : {report.gross_r, report.net_r, report.gross.mean, report.gross.error,
                         report.net.mean, report.net.error, report.max_drawdown_r, report.sharpe,
                         report.exposure, report.random.mean_gross_r, report.random.mean_net_r,
                         report.random.deviation_net_r, report.random.better_than})
    hash.add_number(x);
  report.result_hash = hash.hex();
}

std::vector<curve_point> thinned(const std::vector<curve_point>& curve, std::size_t most) {
  if (curve.size() <= most) return curve;
  std::vector<curve_point> out;
  for (std::size_t i = 1; i <= most; ++i) out.push_back(curve[curve.size() * i / most - 1]);
  return out;
}

} // namespace troupe
