#include "models/outcomes.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace troupe {

namespace {

// Versions that may speak at one candle: the one before and the one after a change, a few times.
constexpr std::size_t predictions_a_candle = 4;

template<class Row>
void sort_by_time(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.candle_time < b.candle_time; });
}

std::string_view name_of(barrier hit) {
  return hit == barrier::tp ? "tp" : hit == barrier::sl ? "sl" : "expired";
}

} // namespace

void coming_ranges::push(const candle& c) {
  std::apply([&](auto&... each) { ((each.high.push(c.high), each.low.push(c.low)), ...); }, each_);
  past_[static_cast<std::size_t>(pushed_++ % origins)] = {c.open_time, c.close};
}

void coming_ranges::restart() { *this = coming_ranges{}; }

std::optional<coming_range> coming_ranges::of(std::size_t h) const {
  const auto count = static_cast<std::uint64_t>(horizons[h]);
  if (pushed_ <= count) return std::nullopt;
  const auto& from = past_[static_cast<std::size_t>((pushed_ - 1 - count) % origins)];
  const auto made = [&](const auto& each) {
    return coming_range{from.time, from.close, each.high.value(), each.low.value()};
  };
  switch (h) {
  case 0: return made(std::get<0>(each_));
  case 1: return made(std::get<1>(each_));
  case 2: return made(std::get<2>(each_));
  default: return made(std::get<3>(each_));
  }
}

void outcome_tracker::follow(const prediction& said) {
  if (said.candle_time != newest_) return;
  open_one({said.horizon, said.candle_time, said.model_version, said.current_price,
            said.high_quantiles[q50], said.low_quantiles[q50]});
}

void outcome_tracker::follow(const signal& said) {
  if (said.candle_time != newest_) return;
  open_one({said.id, said.candle_time, said.entry, said.sl, said.tp, said.rr_ratio});
}

void outcome_tracker::expect(open_rows rows) {
  expected_ = std::move(rows);
  sort_by_time(expected_.predictions);
  sort_by_time(expected_.signals);
  next_prediction_ = next_signal_ = 0;
}

void outcome_tracker::open_one(const open_prediction& p) {
  const auto h = horizon_index(p.horizon);
  if (h < 0) return;
  auto& mine = predictions_[static_cast<std::size_t>(h)];
  for (auto i = mine.rbegin(); i != mine.rend() && i->candle_time == p.candle_time; ++i)
    if (i->model_version == p.model_version) return;
  if (mine.size() >= predictions_a_candle * static_cast<std::size_t>(p.horizon)) {
    mine.pop_front();
    ++counts_.unknown;
  }
  mine.push_back(p);
}

void outcome_tracker::open_one(const open_signal& s) {
  if (!(std::abs(s.entry - s.sl) > 0)) return;
  for (auto i = trades_.rbegin(); i != trades_.rend() && i->what.candle_time == s.candle_time; ++i)
    if (i->what.id == s.id) return;
  if (trades_.size() >= max_followed_signals) {
    trades_.erase(trades_.begin());
    ++counts_.unknown;
  }
  trades_.push_back({s, followed_trade{s.entry, s.sl, s.tp, s.rr_ratio}});
}

void outcome_tracker::push(const candle& c, const coming_ranges& ranges) {
  newest_ = c.open_time;
  for (std::size_t h = 0; h < horizons.size(); ++h)
    if (const auto came = ranges.of(h)) settle(h, *came);
  trades_.erase(std::remove_if(trades_.begin(), trades_.end(),
                               [&](open_trade& t) {
                                 const auto decided = t.trade.step(c);
                                 if (decided) settle(t.what, *decided);
                                 return decided.has_value();
                               }),
                trades_.end());
  // What was left open at this candle goes on from here; what is older was never seen again.
  const auto open_due = [&](const auto& rows, std::size_t& next) {
    for (; next < rows.size() && rows[next].candle_time <= newest_; ++next)
      if (rows[next].candle_time == newest_)
        open_one(rows[next]);
      else
        ++counts_.unknown;
  };
  open_due(expected_.predictions, next_prediction_);
  open_due(expected_.signals, next_signal_);
}

void outcome_tracker::settle(std::size_t h, const coming_range& came) {
  auto& mine = predictions_[h];
  while (!mine.empty() && mine.front().candle_time <= came.time) {
    auto& p = mine.front();
    if (p.candle_time == came.time) {
      const double high = came.high / p.current_price - 1, low = 1 - came.low / p.current_price;
      const double mae = (std::abs(high - p.q50_high) + std::abs(low - p.q50_low)) / 2;
      settled_.predictions.push_back({symbol_, p.horizon, p.candle_time, std::move(p.model_version),
                                      came.high, came.low, mae});
      ++counts_.predictions;
    } else {
      ++counts_.unknown;
    }
    mine.pop_front();
  }
}

void outcome_tracker::settle(const open_signal& s, const barrier_outcome& came) {
  const double stop = std::abs(s.entry - s.sl) / s.entry;
  const double net = came.r - cost_ / stop;
  settled_.signals.push_back({s.id, {std::string{name_of(came.hit)}, net, 100 * net * stop}});
  ++counts_.signals;
}

void outcome_tracker::restart() {
  counts_.unknown += open();
  for (auto& each : predictions_) each.clear();
  trades_.clear();
}

settled_rows outcome_tracker::take_settled() { return std::exchange(settled_, {}); }

std::size_t outcome_tracker::open() const {
  std::size_t n = trades_.size();
  for (auto& each : predictions_) n += each.size();
  return n;
}

} // namespace troupe
