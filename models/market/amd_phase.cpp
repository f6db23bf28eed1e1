#include "models/market/amd_phase.hpp"

#include <algorithm>

namespace troupe {

std::string_view to_string(amd_phase p) {
  switch (p) {
  case amd_phase::accumulation: return "accumulation";
  case amd_phase::manipulation: return "manipulation";
  case amd_phase::distribution: return "distribution";
  case amd_phase::none: break;
  }
  return "none";
}

void rank_window::push(double x) {
  if (!full()) {
    sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), x), x);
  } else {
    // One move of what lies between the cell that is freed and the cell that is taken.
    const auto freed = std::lower_bound(sorted_.begin(), sorted_.end(), order_[next_]);
    const auto taken = std::lower_bound(sorted_.begin(), sorted_.end(), x);
    if (freed < taken) {
      std::move(freed + 1, taken, freed);
      *(taken - 1) = x;
    } else {
      std::move_backward(taken, freed, freed + 1);
      *taken = x;
    }
  }
  order_[next_] = x;
  next_ = next_ + 1 == order_.size() ? 0 : next_ + 1;
}

double rank_window::rank(double x) const {
  const auto below = std::lower_bound(sorted_.begin(), sorted_.end(), x) - sorted_.begin();
  return static_cast<double>(below) / static_cast<double>(sorted_.size());
}

bool amd_phase_detector::sweeps(const candle& c) const {
  const double range = c.high - c.low;
  if (range <= 0) return false;
  const double upper = (c.high - std::max(c.open, c.close)) / range;
  const double lower = (std::min(c.open, c.close) - c.low) / range;
  const double highest = highs_.value(), lowest = lows_.value();
  return (c.high > highest && c.close <= highest && upper >= rejecting_wick)
      || (c.low < lowest && c.close >= lowest && lower >= rejecting_wick);
}

void amd_phase_detector::push(const candle& next, const indicators& folded) {
  double rank = 0;
  if (folded.ready()) {
    const double width =
        (folded.bollinger_upper() - folded.bollinger_lower()) / folded.bollinger_middle();
    widths_.push(width);
    rank = widths_.rank(width);
  }
  if (ready()) {
    const bool outside = next.close > highs_.value() || next.close < lows_.value();
    if (outside && rank >= breakout_rank) {
      event_ = amd_phase::distribution;
      event_left_ = distribution_candles;
    } else if (sweeps(next)) {
      event_ = amd_phase::manipulation;
      event_left_ = manipulation_candles;
    }
    if (event_left_ > 0) {
      --event_left_;
      phase_ = event_;
    } else {
      phase_ = rank <= quiet_rank ? amd_phase::accumulation : amd_phase::none;
    }
  }
  highs_.push(next.high);
  lows_.push(next.low);
}

} // namespace troupe
