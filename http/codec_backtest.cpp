#include "http/codec_backtest.hpp"

#include "http/json_text.hpp"

#include <limits>

namespace troupe {

namespace {

void append_count(std::string& out, std::string_view name, std::uint64_t value) {
  append_key(out, name);
  append_integer(out, static_cast<std::int64_t>(value));
}

void append_at(std::string& out, std::string_view name, utc_ms at) {
  append_key(out, name);
  append_time(out, at);
}

void append_mean(std::string& out, std::string_view name, const mean_r& m) {
  append_key(out, name);
  out += '{';
  append_field(out, "mean", m.mean);
  append_field(out, "standard_error", m.error);
  out += '}';
}

void append_rules(std::string& out, const strategy& rules) {
  append_key(out, "strategy");
  out += '{';
  append_field(out, "name", rules.name);
  append_field(out, "margin_r", rules.margin_r);
  append_field(out, "standard_errors", rules.standard_errors);
  append_field(out, "min_rr", rules.min_rr);
  append_key(out, "always_in");
  out += rules.always_in ? "true}" : "false}";
}

void append_random(std::string& out, const random_comparison& random) {
  append_key(out, "random_entries");
  if (random.runs == 0) {
    out += "null";
    return;
  }
  out += '{';
  append_count(out, "runs", random.runs);
  append_field(out, "mean_gross_r", random.mean_gross_r);
  append_field(out, "mean_net_r", random.mean_net_r);
  append_field(out, "deviation_net_r", random.deviation_net_r);
  append_field(out, "better_than", random.better_than);
  out += '}';
}

void append_curve(std::string& out, const std::vector<curve_point>& curve) {
  append_key(out, "equity_curve");
  out += '[';
  for (const auto& p : thinned(curve, max_curve_points)) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_at(out, "time", p.time);
    append_field(out, "net_r", p.net_r);
    append_field(out, "gross_r", p.gross_r);
    out += '}';
  }
  out += ']';
}

void append_months(std::string& out, const std::vector<month_figures>& months) {
  append_key(out, "by_month");
  out += '[';
  for (const auto& m : months) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_field(out, "month", std::string_view{m.month});
    append_count(out, "trades", m.trades);
    append_count(out, "wins", m.wins);
    append_field(out, "gross_r", m.gross_r);
    append_field(out, "net_r", m.net_r);
    out += '}';
  }
  out += ']';
}

} // namespace

void append_backtest(std::string& out, const backtest_report& report) {
  out += '{';
  append_field(out, "symbol", std::string_view{report.symbol});
  append_count(out, "horizon", static_cast<std::uint64_t>(report.horizon));
  append_rules(out, report.rules);
  append_field(out, "cost_bp", report.costs.round_trip_bp);
  append_at(out, "from", report.from);
  append_at(out, "to", report.to);
  append_count(out, "closes", report.closes);
  append_count(out, "buys", report.buys);
  append_count(out, "sells", report.sells);
  append_count(out, "holds", report.holds);
  append_count(out, "trades", report.trades);
  append_count(out, "wins", report.wins);
  append_field(out, "win_rate", report.win_rate);
  append_field(out, "gross_r", report.gross_r);
  append_field(out, "cost_r", report.cost_r);
  append_field(out, "net_r", report.net_r);
  append_mean(out, "gross_per_trade", report.gross);
  append_mean(out, "net_per_trade", report.net);
  append_field(out, "profit_factor",
               report.profit_factor.value_or(std::numeric_limits<double>::quiet_NaN()));
  append_field(out, "max_drawdown_r", report.max_drawdown_r);
  append_field(out, "sharpe", report.sharpe);
  append_field(out, "exposure", report.exposure);
  append_key(out, "ends");
  out += '{';
  append_count(out, "tp", report.ended_tp);
  append_count(out, "sl", report.ended_sl);
  append_count(out, "timeout", report.timed_out);
  append_count(out, "cut", report.cut);
  out += '}';
  append_count(out, "not_entered", report.beyond + report.before_gap);
  append_random(out, report.random);
  append_months(out, report.by_month);
  append_curve(out, report.curve);
  append_field(out, "signals_hash", std::string_view{report.decision_hash});
  append_field(out, "result_hash", std::string_view{report.result_hash});
  out += '}';
}

} // namespace troupe
