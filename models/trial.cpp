#include "models/trial.hpp"

#include "models/live_scores.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>
#include <utility>

namespace troupe {

namespace {

struct mean_and_error {
  double mean = 0, error = 0;
};

// Of a ratio of sums over days: days are independent, the rows of one day are not.
template<class Blocks, class Sum, class Count>
mean_and_error over_days(const Blocks& days, Sum sum, Count count) {
  double total = 0, rows = 0, used = 0;
  for (const auto& d : days) {
    total += sum(d);
    rows += static_cast<double>(count(d));
    used += count(d) > 0;
  }
  if (!(rows > 0)) return {};
  const double mean = total / rows;
  double squares = 0;
  for (const auto& d : days) {
    const double off = sum(d) - mean * static_cast<double>(count(d));
    squares += off * off;
  }
  return {mean, used > 1 ? std::sqrt(squares * used / (used - 1)) / rows : 0};
}

void append_number(std::string& out, double x) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr;
  out += ' ';
  out.append(buffer.data(), end);
}

bool read_number(const std::string& word, double& out) {
  const auto* end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, out);
  return read.ec == std::errc{} && read.ptr == end && std::isfinite(out);
}

} // namespace

trial::trial(symbol_name symbol, std::string champion, std::string challenger, utc_ms after)
    : symbol_(std::move(symbol)), champion_(std::move(champion)),
      challenger_(std::move(challenger)), after_(after) {}

// Outcomes come at most a day after their prediction, so the day is among the last.
trial::block& trial::block_of(utc_ms made) {
  const auto day = made / day_ms;
  auto at = days_.end();
  while (at != days_.begin() && std::prev(at)->day >= day) --at;
  if (at == days_.end() || at->day != day) {
    block fresh;
    fresh.day = day;
    at = days_.insert(at, fresh);
  }
  from_ = from_ == 0 ? made : std::min(from_, made);
  to_ = std::max(to_, made);
  return *at;
}

void trial::add_range(utc_ms made, double champion_loss, double challenger_loss) {
  if (made <= after_ || !std::isfinite(champion_loss + challenger_loss)) return;
  auto& day = block_of(made);
  ++day.ranges;
  day.range_difference += champion_loss - challenger_loss;
  range_loss_ += champion_loss;
}

void trial::add_trade(utc_ms made, double champion_loss, double challenger_loss) {
  if (made <= after_ || !std::isfinite(champion_loss + challenger_loss)) return;
  auto& day = block_of(made);
  ++day.trades;
  day.trade_difference += champion_loss - challenger_loss;
  trade_loss_ += champion_loss;
}

trial_report trial::report() const {
  trial_report out;
  out.symbol = symbol_;
  out.champion = champion_;
  out.challenger = challenger_;
  out.from = from_;
  out.to = to_;
  std::uint64_t ranges = 0, trades = 0;
  for (const auto& d : days_) {
    ranges += d.ranges;
    trades += d.trades;
  }
  out.candles = ranges / range_models;
  out.days = static_cast<std::uint32_t>(days_.size());
  const auto range = over_days(
      days_, [](const block& d) { return d.range_difference; },
      [](const block& d) { return d.ranges; });
  const auto odds = over_days(
      days_, [](const block& d) { return d.trade_difference; },
      [](const block& d) { return d.trades; });
  out.range_loss = ranges > 0 ? range_loss_ / static_cast<double>(ranges) : 0;
  out.range_difference = range.mean;
  out.range_error = range.error;
  out.tpsl_loss = trades > 0 ? trade_loss_ / static_cast<double>(trades) : 0;
  out.tpsl_difference = odds.mean;
  out.tpsl_error = odds.error;
  return out;
}

trial_state judge(const trial_report& e, const trial_rule& rule) {
  if (e.candles >= rule.least_candles && e.days >= least_trial_days) {
    const double better = e.range_difference, error = e.range_error;
    const double odds = e.tpsl_difference, odds_error = e.tpsl_error;
    if (better < -rule.reject_errors * error || odds < -rule.promote_errors * odds_error)
      return trial_state::rejected;
    if (better > 0 && better > rule.promote_errors * error
        && odds >= -rule.reject_errors * odds_error)
      return trial_state::promoted;
  }
  return e.days > rule.most_days ? trial_state::kept : trial_state::running;
}

bool replaces_at_once(const model_set& serving, const model_set& fresh) {
  if (serving.source == "simulated" && fresh.source != "simulated") return true;
  const auto had = serving.train_to - serving.train_from, has = fresh.train_to - fresh.train_from;
  return has > had + had / 4;
}

std::string to_line(const trial_report& r) {
  std::string out = r.symbol + ' ' + r.champion + ' ' + r.challenger + ' ';
  out += to_string(r.state);
  for (const auto n : {r.from, r.to, static_cast<std::int64_t>(r.candles), std::int64_t{r.days}})
    out += ' ' + std::to_string(n);
  for (const double x : {r.range_loss, r.range_difference, r.range_error, r.tpsl_loss,
                         r.tpsl_difference, r.tpsl_error})
    append_number(out, x);
  return out;
}

std::optional<trial_report> trial_from_line(const std::string& line) {
  std::istringstream in{line};
  trial_report r;
  std::string state, word;
  in >> r.symbol >> r.champion >> r.challenger >> state >> r.from >> r.to >> r.candles >> r.days;
  const auto parsed = parse_trial_state(state);
  if (!in || !parsed) return std::nullopt;
  r.state = *parsed;
  for (auto* x : {&r.range_loss, &r.range_difference, &r.range_error, &r.tpsl_loss,
                  &r.tpsl_difference, &r.tpsl_error})
    if (!(in >> word) || !read_number(word, *x)) return std::nullopt;
  if (in >> word) return std::nullopt;
  return r;
}

} // namespace troupe
