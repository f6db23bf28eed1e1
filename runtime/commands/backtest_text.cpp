#include "runtime/commands/backtest_text.hpp"

#include "http/json_text.hpp"

#include <cstdio>

namespace troupe {

namespace {

// One line, formatted as printf would.
template<class... Values>
std::string line(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string head(const backtest_report& r) {
  return line("%s, horizon %d, %s to %s: %llu closes, %g bp a round trip\n", r.symbol.c_str(),
              r.horizon, to_iso8601(r.from).substr(0, 10).c_str(),
              to_iso8601(r.to).substr(0, 10).c_str(), static_cast<unsigned long long>(r.closes),
              r.costs.round_trip_bp);
}

std::string row(const backtest_report& r) {
  return line("  %-20s %6llu %6.1f%% %9.1f %+7.3f ± %5.3f %9.1f %9.1f %+7.3f ± %5.3f\n",
              r.rules.name.c_str(), static_cast<unsigned long long>(r.trades), 100 * r.win_rate,
              r.gross_r, r.gross.mean, r.gross.error, r.cost_r, r.net_r, r.net.mean, r.net.error);
}

std::string second_row(const backtest_report& r) {
  const auto factor = r.profit_factor ? line("%.2f", *r.profit_factor) : std::string{"-"};
  const auto random = r.random.runs == 0
      ? std::string{"-"}
      : line("%.1f ± %.1f, better than %.0f %%", r.random.mean_net_r, r.random.deviation_net_r,
             100 * r.random.better_than);
  return line("  %-20s %6s %9.1f %8.2f %8.1f%%   %s\n", r.rules.name.c_str(), factor.c_str(),
              r.max_drawdown_r, r.sharpe, 100 * r.exposure, random.c_str());
}

std::string months(const backtest_report& r) {
  auto out = line("  %-10s %6s %7s %9s %9s\n", "month", "trades", "win", "gross R", "net R");
  for (const auto& m : r.by_month)
    out += line("  %-10s %6llu %6.1f%% %9.1f %9.1f\n", m.month.c_str(),
                static_cast<unsigned long long>(m.trades),
                100. * static_cast<double>(m.wins) / static_cast<double>(m.trades), m.gross_r,
                m.net_r);
  return out;
}

} // namespace

std::string backtest_table(const std::vector<judged_strategy>& judged) {
  auto out = head(judged.front().report);
  out += line("  %-20s %6s %7s %9s %-16s %9s %9s %-16s\n", "strategy", "trades", "win", "gross R",
              " a trade, s.e.", "costs R", "net R", " a trade, s.e.");
  for (const auto& one : judged) out += row(one.report);
  out += line("  %-20s %6s %9s %8s %9s   %s\n", "", "factor", "drawdown", "sharpe", "exposure",
              "random entries' net R");
  for (const auto& one : judged) out += second_row(one.report);
  if (judged.size() == 1 && !judged.front().report.by_month.empty())
    out += months(judged.front().report);
  for (const auto& one : judged)
    out += line("  %-20s signals %s  result %s\n", one.report.rules.name.c_str(),
                one.report.decision_hash.c_str(), one.report.result_hash.c_str());
  return out;
}

std::string trades_csv(const std::vector<judged_strategy>& judged) {
  std::string out = "strategy,decided,entered,ended,side,rr,entry,sl,tp,exit,end,candles,gross_r,"
                    "cost_r,net_r\n";
  for (const auto& one : judged)
    for (const auto& t : one.trades) {
      out += one.report.rules.name + ',' + to_iso8601(t.decided) + ',' + to_iso8601(t.entered) + ','
          + to_iso8601(t.ended) + (t.long_side ? ",long" : ",short");
      for (const double x : {t.rr, t.entry, t.sl, t.tp, t.exit}) {
        out += ',';
        append_number(out, x);
      }
      out += ',' + std::string{to_string(t.end)} + ',' + std::to_string(t.candles);
      for (const double x : {t.gross_r, t.cost_r, t.net_r()}) {
        out += ',';
        append_number(out, x);
      }
      out += '\n';
    }
  return out;
}

} // namespace troupe
