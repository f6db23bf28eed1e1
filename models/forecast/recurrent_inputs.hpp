// What the recurrent network looks at: the last candles, free of price and scale, and beside them
// the slower context that a short window cannot hold. The same functions make the rows of training
// and those of a live close, so that the two cannot differ.
#pragma once
#include "models/features.hpp"

#include <array>
#include <vector>

namespace troupe {

/// Candles in the window, numbers of each, and numbers of the context: the features, and the HAR
/// scales and slot profiles relative to the day.
inline constexpr std::size_t window_steps = 48, step_inputs = 4;
inline constexpr std::size_t context_inputs = feature_count + 4 + horizons.size();

using network_window = std::array<float, window_steps * step_inputs>; // oldest candle first
using network_context = std::array<float, context_inputs>;

/// All that the network sees at one close. Finite whatever the candles were.
struct network_input {
  network_window window{};
  network_context context{}; // not yet standardised
};

/// One candle before it is held against the day's scale.
struct window_step {
  float change = 0;     // logarithm of the close over the close before it
  float log_span = 0;   // logarithm of ln(high / low)
  float place = 0;      // of the close in the candle: -1 at the low, 1 at the high
  float log_volume = 0; // logarithm of the volume
};

/// @pre last_close > 0
window_step step_of(const candle& closed, double last_close);

/// The HAR inputs of every horizon at one candle.
using har_rows = std::array<har_row, horizons.size()>;

/// `oldest`: of window_steps that follow each other; `har`: at the newest of them.
network_window window_of(const window_step* oldest, const har_rows& har);
network_context context_of(const feature_row& features, const har_rows& har);

/// The last candles of a live stream. O(1) a candle.
class recent_steps {
public:
  void push(const candle& closed);
  void restart();
  /// True when a whole window came in since the restart.
  bool full() const { return count_ > window_steps; }
  /// @pre full(), and `features` have folded the same candles
  network_input look(const feature_builder& features) const;

private:
  std::array<window_step, window_steps> ring_{};
  std::size_t count_ = 0; // candles since the restart; the first has no step
  double last_close_ = 0;
};

/// A step for each candle; meaningful where the candle before it is its neighbour.
std::vector<window_step> steps_of(const std::vector<candle>& candles);

} // namespace troupe
