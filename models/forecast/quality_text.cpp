#include "models/forecast/quality_text.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace troupe {
namespace {

std::string day_of(utc_ms at) { return to_iso8601(at).substr(0, 10); }

class row_writer {
public:
  row_writer& text(const std::string& cell, int width) {
    out_ << std::left << std::setw(width) << cell;
    return *this;
  }
  row_writer& number(double x, int width = 7, int decimals = 3) {
    out_ << std::right << std::fixed << std::setprecision(decimals) << std::setw(width) << x;
    return *this;
  }
  row_writer& count(std::size_t n, int width) {
    out_ << std::right << std::setw(width) << n;
    return *this;
  }
  row_writer& end() {
    out_ << '\n';
    return *this;
  }
  std::string str() const { return out_.str(); }

private:
  std::ostringstream out_;
};

void range_row(row_writer& rows, const range_quality& q) {
  rows.text(std::to_string(q.horizon), 3).text(q.side == range_side::high ? "high" : "low", 5);
  rows.count(q.n, 7).count(q.n / static_cast<std::size_t>(q.horizon), 7);
  rows.number(q.r2).number(q.r2_har).number(q.r2_atr).number(1e4 * q.mae, 7, 1);
  rows.number(1e4 * q.mae_atr, 7, 1).number(q.skill_q90).number(q.q50, 6).number(q.q80, 6);
  rows.number(q.q90, 6).number(q.central_80, 6).number(q.central_90, 6);
  rows.end();
}

void mean_row(row_writer& rows, const range_quality& a, const range_quality& b) {
  rows.text(std::to_string(a.horizon), 3).text("mean", 5 + 14);
  rows.number((a.r2 + b.r2) / 2).number((a.r2_har + b.r2_har) / 2);
  rows.number((a.r2_atr + b.r2_atr) / 2).text("", 14);
  rows.number((a.skill_q90 + b.skill_q90) / 2);
  rows.text("  30 days of q90: ", 18);
  rows.number(std::min(a.worst_month_q90, b.worst_month_q90), 4).text(" ..", 3);
  rows.number(std::max(a.best_month_q90, b.best_month_q90), 5);
  rows.end();
}

void tpsl_row_text(row_writer& rows, const tpsl_quality& q) {
  rows.text(q.wide ? "sigma*sqrt(72)" : "1.5 ATR", 16).text("1:" + std::to_string(q.rr), 5);
  rows.text(q.long_side ? "long" : "short", 6).count(q.n, 7).number(q.base_rate, 8);
  rows.number(q.timeout_rate, 8).number(q.auc, 8).number(q.brier_skill, 9, 4);
  rows.number(q.calibration_error, 8).end();
}

void compared_row(row_writer& rows, const compared& p, std::size_t h) {
  const auto &a = p.ranges[2 * h], &b = p.ranges[2 * h + 1];
  rows.text(std::to_string(a.horizon), 3).text(p.name, 9).number(a.r2).number(b.r2);
  rows.number((a.qlike + b.qlike) / 2, 9, 4).number(1e3 * p.difference[h], 8, 2);
  rows.number(1e3 * p.standard_error[h], 6, 2).number((a.skill_q90 + b.skill_q90) / 2, 8);
  rows.number((a.q80 + b.q80) / 2).number((a.q90 + b.q90) / 2);
  rows.number(std::min(a.worst_month_q90, b.worst_month_q90), 8).text(" ..", 3);
  rows.number(std::max(a.best_month_q90, b.best_month_q90), 6).end();
}

std::string protocol(const symbol_name& symbol, const walk_options& options) {
  return symbol + ", tested " + day_of(options.from) + " to " + day_of(options.to) + " in "
      + std::to_string(options.blocks) + " blocks, each trained on the "
      + std::to_string(options.train_candles / 288) + " days before it";
}

} // namespace

std::string to_text(const comparison& c) {
  if (!c.error.empty()) return c.error + "\n";
  row_writer rows;
  rows.text(protocol(c.symbol, c.options), 0).text("; candles judged: ", 0);
  rows.count(c.predictors.front().ranges.front().n, 0).end().end();
  rows.text("R2 against the training mean. Means of high and low: QLIKE (lower is better), its "
            "difference to\nxgboost in 1e-3 and the standard error of that over days, skill of the "
            "90 % quantile, share of\noutcomes below q80 and q90, the latter's worst and best 30 "
            "days.\n\n",
            0);
  rows.text("h  predictor R2high  R2low    QLIKE  to xgb  s.e.   skill    q80    q90    30 days of "
            "q90\n",
            0);
  for (std::size_t h = 0; h < horizons.size(); ++h)
    for (const auto& p : c.predictors) compared_row(rows, p, h);
  return rows.str();
}

std::string to_text(const quality& q) {
  if (!q.error.empty()) return q.error + "\n";
  row_writer rows;
  rows.text(protocol(q.symbol, q.options), 0);
  rows.end().end();
  rows.text("Range of the coming candles: R2 against the training mean; MAE in bp; skill of the "
            "90 % quantile;\nshare of outcomes below q50, q80, q90, inside q10..q90 (c80) and "
            "q05..q95 (c90).\n",
            0);
  rows.text("h  side       n  n/ind     R2    HAR  k*ATR    MAE    ATR  skill   q50   q80   q90   "
            "c80   c90\n",
            0);
  for (std::size_t i = 0; i + 1 < q.ranges.size(); i += 2) {
    range_row(rows, q.ranges[i]);
    range_row(rows, q.ranges[i + 1]);
    mean_row(rows, q.ranges[i], q.ranges[i + 1]);
  }
  rows.end();
  rows.text("TP before SL within 288 candles; both in one candle count as SL.\n", 0);
  rows.text("stop            RR   side        n    base  time-out   AUC    Brier     ECE\n", 0);
  for (const auto& t : q.tpsl) tpsl_row_text(rows, t);
  return rows.str();
}

} // namespace troupe
