#include "models/live_scores.hpp"

#include "models/forecast/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace troupe {

namespace {

constexpr int month_days = 30;
// Fewer rows than 20 days have say little of a month.
constexpr std::uint64_t least_month_rows = 20 * 288;
constexpr double bin_width = .05;

double over(double sum, std::uint64_t n) { return n > 0 ? sum / static_cast<double>(n) : 0; }
double share(std::uint64_t part, std::uint64_t n) { return over(static_cast<double>(part), n); }
double skill(double mine, double theirs) { return theirs > 0 ? 1 - mine / theirs : 0; }

template<class Array>
void add_each(Array& to, const Array& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

std::string range_name(const symbol_name& symbol, std::size_t model) {
  return symbol + "-range-" + std::to_string(horizons[model / 2])
      + (model % 2 == 0 ? "-high" : "-low");
}

std::string tpsl_name(const symbol_name& symbol, std::size_t model) {
  return symbol + "-tpsl-rr" + std::to_string(2 + model % 2) + (model < 2 ? "-long" : "-short");
}

} // namespace

bool is_finite(const stated_range& said) {
  double sum = said.mean + said.har + said.atr;
  for (const double q : said.quantiles) sum += q;
  return std::isfinite(sum);
}

double pinball_loss(const stated_range& said, double outcome) {
  double sum = 0;
  for (std::size_t q = 0; q < quantile_levels.size(); ++q)
    sum += pinball(outcome, said.quantiles[q], quantile_levels[q]);
  return sum / static_cast<double>(quantile_levels.size());
}

void live_scores::range_sums::add(const range_sums& o) {
  n += o.n;
  absolute += o.absolute;
  absolute_median += o.absolute_median;
  absolute_atr += o.absolute_atr;
  squared += o.squared;
  squared_har += o.squared_har;
  squared_atr += o.squared_atr;
  sum += o.sum;
  sum_of_squares += o.sum_of_squares;
  pinball += o.pinball;
  add_each(under, o.under);
  in_80 += o.in_80;
  in_90 += o.in_90;
}

void live_scores::trade_sums::add(const trade_sums& o) {
  n += o.n;
  came += o.came;
  right += o.right;
  brier += o.brier;
  brier_rate += o.brier_rate;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    bins[i].n += o.bins[i].n;
    bins[i].came += o.bins[i].came;
    bins[i].stated += o.bins[i].stated;
  }
}

void live_scores::sums::add(const sums& o) {
  if (o.first > 0) span(o.first);
  if (o.last > 0) span(o.last);
  for (std::size_t i = 0; i < ranges.size(); ++i) ranges[i].add(o.ranges[i]);
  for (std::size_t i = 0; i < trades.size(); ++i) trades[i].add(o.trades[i]);
}

void live_scores::sums::span(utc_ms made) {
  first = first == 0 ? made : std::min(first, made);
  last = std::max(last, made);
}

// The day a row belongs to: one of the newest, since outcomes come at most a day late; null where
// it is past keeping.
live_scores::sums* live_scores::day_of(utc_ms made) {
  const auto day = made / day_ms;
  auto at = by_day_.end();
  while (at != by_day_.begin() && std::prev(at)->day >= day) --at;
  if (at == by_day_.end() || at->day != day) {
    if (at == by_day_.begin() && by_day_.size() >= days_) return nullptr;
    sums fresh;
    fresh.day = day;
    at = by_day_.insert(at, fresh);
    if (by_day_.size() > days_) {
      by_day_.pop_front();
      return day_of(made);
    }
  }
  at->span(made);
  return &*at;
}

void live_scores::add_range(std::size_t model, utc_ms made, const stated_range& said,
                            double outcome) {
  range_sums one;
  const auto squared_miss = [&](double f) { return (outcome - f) * (outcome - f); };
  one.n = 1;
  one.absolute = std::abs(outcome - said.mean);
  one.absolute_median = std::abs(outcome - said.quantiles[q50]);
  one.absolute_atr = std::abs(outcome - said.atr);
  one.squared = squared_miss(said.mean);
  one.squared_har = squared_miss(said.har);
  one.squared_atr = squared_miss(said.atr);
  one.sum = outcome;
  one.sum_of_squares = outcome * outcome;
  one.pinball = pinball_loss(said, outcome);
  for (std::size_t q = 0; q < one.under.size(); ++q) one.under[q] = outcome <= said.quantiles[q];
  one.in_80 = outcome >= said.quantiles[q10] && outcome <= said.quantiles[q90];
  one.in_90 = outcome >= said.quantiles[q05] && outcome <= said.quantiles[q95];
  if (auto* day = day_of(made)) day->ranges[model].add(one);
  all_.ranges[model].add(one);
  all_.span(made);
}

void live_scores::add_trade(std::size_t model, utc_ms made, double stated, double rate, bool came) {
  trade_sums one;
  const double truth = came ? 1 : 0;
  one.n = 1;
  one.came = came;
  one.right = (stated > .5) == came;
  one.brier = (truth - stated) * (truth - stated);
  one.brier_rate = (truth - rate) * (truth - rate);
  const double at = std::clamp(stated / bin_width, 0.0, static_cast<double>(one.bins.size() - 1));
  one.bins[static_cast<std::size_t>(at)] = {1, one.came, stated};
  if (auto* day = day_of(made)) day->trades[model].add(one);
  all_.trades[model].add(one);
  all_.span(made);
}

live_scores::figures live_scores::range_figures(std::size_t model, const sums& window) const {
  const auto &r = window.ranges[model], &all = all_.ranges[model];
  const double constant = r.sum_of_squares - r.sum * over(r.sum, r.n);
  const double in_80 = share(r.in_80, r.n);
  figures out{{"n", static_cast<double>(r.n)},
              {"mae", over(r.absolute, r.n)},
              {"mae_median", over(r.absolute_median, r.n)},
              {"mae_atr", over(r.absolute_atr, r.n)},
              {"r2", skill(r.squared, constant)},
              {"r2_har", skill(r.squared_har, constant)},
              {"r2_atr", skill(r.squared_atr, constant)},
              {"skill_har", skill(r.squared, r.squared_har)},
              {"skill_atr", skill(r.squared, r.squared_atr)},
              {"pinball", over(r.pinball, r.n)},
              {"coverage_q50", share(r.under[q50], r.n)},
              {"coverage_q80", share(r.under[q80], r.n)},
              {"coverage_q90", share(r.under[q90], r.n)},
              {"coverage_80", in_80},
              {"coverage_90", share(r.in_90, r.n)},
              {"accuracy", in_80}};
  add_months(model, month_days, "block", out);
  add_months(model, 1, "30_days", out);
  out.emplace_back("n_all", static_cast<double>(all.n));
  out.emplace_back("mae_all", over(all.absolute, all.n));
  out.emplace_back("skill_har_all", skill(all.squared, all.squared_har));
  out.emplace_back("skill_atr_all", skill(all.squared, all.squared_atr));
  out.emplace_back("coverage_q80_all", share(all.under[q80], all.n));
  out.emplace_back("coverage_q90_all", share(all.under[q90], all.n));
  return out;
}

// Of every 30 days that begin `step` days after the ones before.
void live_scores::add_months(std::size_t model, std::size_t step, const char* name,
                             figures& out) const {
  double worst[2] = {1, 1}, best[2] = {0, 0};
  bool any = false;
  for (std::size_t from = 0; from < by_day_.size(); from += step) {
    std::uint64_t n = 0, under[2] = {0, 0};
    for (auto i = from; i < by_day_.size() && by_day_[i].day < by_day_[from].day + month_days;
         ++i) {
      const auto& r = by_day_[i].ranges[model];
      n += r.n;
      under[0] += r.under[q80];
      under[1] += r.under[q90];
    }
    if (n < least_month_rows) continue;
    any = true;
    for (int level = 0; level < 2; ++level) {
      worst[level] = std::min(worst[level], share(under[level], n));
      best[level] = std::max(best[level], share(under[level], n));
    }
  }
  if (!any) return;
  for (int level = 0; level < 2; ++level) {
    const std::string of = level == 0 ? "coverage_q80" : "coverage_q90";
    out.emplace_back(of + "_worst_" + name, worst[level]);
    out.emplace_back(of + "_best_" + name, best[level]);
  }
}

live_scores::figures live_scores::trade_figures(const trade_sums& t) {
  double miss = 0;
  for (const auto& b : t.bins) miss += std::abs(b.stated - static_cast<double>(b.came));
  return {{"n", static_cast<double>(t.n)},        {"base_rate", share(t.came, t.n)},
          {"brier", over(t.brier, t.n)},          {"brier_skill", skill(t.brier, t.brier_rate)},
          {"calibration_error", over(miss, t.n)}, {"accuracy", share(t.right, t.n)}};
}

std::vector<model_scores> live_scores::report(const symbol_name& symbol) const {
  sums window;
  for (const auto& day : by_day_) window.add(day);
  std::vector<model_scores> out;
  const auto put = [&](std::string name, figures f) {
    model_scores row;
    row.name = std::move(name);
    row.from = window.first;
    row.to = window.last;
    row.figures = std::move(f);
    out.push_back(std::move(row));
  };
  for (std::size_t i = 0; i < range_models; ++i)
    if (window.ranges[i].n > 0) put(range_name(symbol, i), range_figures(i, window));
  for (std::size_t i = 0; i < tpsl_models; ++i) {
    if (window.trades[i].n == 0) continue;
    auto f = trade_figures(window.trades[i]);
    for (auto& [name, value] : trade_figures(all_.trades[i]))
      if (name == "n" || name == "brier" || name == "calibration_error")
        f.emplace_back(name + "_all", value);
    put(tpsl_name(symbol, i), std::move(f));
  }
  return out;
}

} // namespace troupe
