// The AMD phase of a market: accumulation, manipulation, distribution or none, by a fixed rule. A
// descriptive label, not a forecast: rules of this kind said nothing about direction on two years
// of BTC, only that the hours after accumulation are calmer. The constants were chosen for the
// shares of the phases there (.28 accumulation, .14 manipulation, .14 distribution), for nothing
// else.
//
// The rule, for each closed candle (o, h, l, c), from the 1,489th on:
//   width  = (upper - lower) / middle of the Bollinger bands 20/2, from the 50th candle on
//   rank   = share of the last 1,440 widths (5 days), this one included, that are below this width
//   H, L   = highest high and lowest low of the 36 candles (3 hours) before this one
//   upper  = (h - max(o, c)) / (h - l),  lower = (min(o, c) - l) / (h - l);  0 when h = l
//   breakout: c > H or c < L, and rank >= breakout_rank
//   sweep:    h > H and c <= H and upper >= rejecting_wick, or
//             l < L and c >= L and lower >= rejecting_wick
//   A breakout starts distribution for distribution_candles, a sweep manipulation for
//   manipulation_candles, each including the candle itself; the newer event replaces the older.
//   (No candle is both by one side; when it is by two, the breakout counts.)
//   Otherwise the phase is accumulation if rank <= quiet_rank, else none.
#pragma once
#include "messages/candle.hpp"
#include "models/indicators.hpp"
#include "models/window_extreme.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace troupe {

enum class amd_phase : std::uint8_t { none, accumulation, manipulation, distribution };

/// `none`, `accumulation`, `manipulation`, `distribution`.
std::string_view to_string(amd_phase p);

/// Share of the last N numbers that are below a number. They are kept sorted beside their order of
/// arrival: a push moves at most N of them, some 0.2 µs for 1,440.
class rank_window {
public:
  explicit rank_window(std::size_t length) : order_(length) { sorted_.reserve(length); }
  void push(double x);
  bool full() const { return sorted_.size() == order_.size(); }
  /// 0 to 1. @pre at least one push
  double rank(double x) const;

private:
  std::vector<double> order_, sorted_;
  std::size_t next_ = 0;
};

/// Folds candles, which must follow each other as candle_gate admits them.
class amd_phase_detector {
public:
  static constexpr std::size_t rank_candles = 1440, range_candles = 36;
  static constexpr double quiet_rank = 0.30, breakout_rank = 0.50, rejecting_wick = 0.50;
  static constexpr int manipulation_candles = 7, distribution_candles = 5;
  /// Candles until the first phase is given.
  static constexpr std::size_t warmup = indicators::warmup + rank_candles - 1;

  amd_phase_detector() : widths_(rank_candles) {}

  /// Takes the next closed candle in, after `folded` has. O(1) amortised but for the sorted window.
  void push(const candle& next, const indicators& folded);

  /// Forgets everything, after a gap.
  void restart() { *this = amd_phase_detector{}; }

  bool ready() const { return widths_.full(); }

  /// The phase after the last candle; none while warming up.
  amd_phase phase() const { return phase_; }

private:
  bool sweeps(const candle& c) const;

  rank_window widths_;
  window_extreme<range_candles, true> highs_;
  window_extreme<range_candles, false> lows_;
  amd_phase phase_ = amd_phase::none, event_ = amd_phase::none;
  int event_left_ = 0;
};

} // namespace troupe
