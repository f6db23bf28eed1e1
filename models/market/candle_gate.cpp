#include "models/market/candle_gate.hpp"

#include <cmath>

namespace troupe {

namespace {

constexpr utc_ms year_2100 = 4102444800000;
// Wider than any market; beyond them sums of squares in the windows would lose their digits.
constexpr double lowest_price = 1e-12, highest_price = 1e12, highest_volume = 1e18;
constexpr double widest_candle = 1000; // high over low

} // namespace

std::optional<std::string_view> flaw_of(const candle& c) {
  if (c.open_time <= 0) return "open time is not after 1970";
  if (c.open_time >= year_2100) return "open time is beyond 2099 (not milliseconds?)";
  if (c.open_time % base_interval_ms != 0) return "open time is not a multiple of 5 minutes";
  for (double price : {c.open, c.high, c.low, c.close})
    if (!std::isfinite(price) || price <= 0) return "a price is not a number above 0";
  if (c.low < lowest_price || c.high > highest_price) return "a price is not within 1e-12 to 1e12";
  if (c.low > c.high) return "low is above high";
  if (c.high > widest_candle * c.low) return "high is more than 1000 times low";
  if (c.open < c.low || c.open > c.high) return "open lies outside low and high";
  if (c.close < c.low || c.close > c.high) return "close lies outside low and high";
  if (!std::isfinite(c.volume) || c.volume < 0) return "volume is not a number of at least 0";
  if (c.volume > highest_volume) return "volume is beyond 1e18";
  return std::nullopt;
}

gate_verdict candle_gate::judge(const candle& next) const {
  gate_verdict v;
  if (const auto flaw = flaw_of(next)) {
    v.what = admission::invalid;
    v.reason = *flaw;
  } else if (!last_) {
    v.what = admission::apply;
  } else if (next.open_time == last_->open_time) {
    v.what = next == *last_ ? admission::duplicate : admission::conflicting_duplicate;
  } else if (next.open_time < last_->open_time) {
    v.what = admission::late;
  } else if (!hours_.scheduled_closure(last_->open_time, next.open_time)) {
    v.what = admission::gap;
    v.missing_from = last_->open_time + base_interval_ms;
    v.missing_to = next.open_time;
    v.missing = (v.missing_to - v.missing_from) / base_interval_ms;
  }
  return v;
}

std::vector<candle> candle_gate::fill(const candle& next) const {
  std::vector<candle> flat;
  const auto v = judge(next);
  if (v.what != admission::gap || v.missing > static_cast<std::int64_t>(fill_limit_)) return flat;
  const double price = last_->close;
  for (utc_ms t = v.missing_from; t < v.missing_to; t += base_interval_ms)
    flat.push_back({t, price, price, price, price, 0});
  return flat;
}

std::vector<candle> admitted(const std::vector<candle>& raw, candle_gate gate) {
  std::vector<candle> out;
  out.reserve(raw.size());
  for (auto& c : raw) {
    const auto what = gate.judge(c).what;
    if (what != admission::apply && what != admission::gap) continue;
    for (auto& flat : gate.fill(c)) out.push_back(flat);
    out.push_back(c);
    gate.fold(c);
  }
  return out;
}

} // namespace troupe
