// What becomes of predictions and signals, followed candle by candle: the actual high and low of a
// horizon, and which barrier a trade met first. One rule for all of the product. Knows no store:
// whoever drives it brings what is open and takes away what is settled.
#pragma once
#include "messages/outcome.hpp"
#include "models/forecast/barriers.hpp"
#include "models/window_extreme.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <tuple>
#include <vector>

namespace troupe {

/// What lay after the candle opened at `time`, over one horizon; prices.
struct coming_range {
  utc_ms time = 0;
  double close = 0; // of that candle
  double high = 0, low = 0;
};

/// Highs and lows of the newest 6, 18, 36 and 72 candles, read as the outcome of the candle before
/// them. O(1) amortised.
class coming_ranges {
public:
  void push(const candle& c);
  /// A gap: no outcome looks across it.
  void restart();
  /// What came after the candle that lies horizons[h] candles back; nothing before it is whole.
  std::optional<coming_range> of(std::size_t h) const;

private:
  template<std::size_t N>
  struct extremes {
    window_extreme<N, true> high;
    window_extreme<N, false> low;
  };
  struct origin {
    utc_ms time = 0;
    double close = 0;
  };
  static constexpr std::size_t origins = horizons.back() + 1;

  std::tuple<extremes<6>, extremes<18>, extremes<36>, extremes<72>> each_;
  std::array<origin, origins> past_{}; // a ring
  std::uint64_t pushed_ = 0;
};

/// Outcomes not yet taken away.
struct settled_rows {
  std::vector<prediction_outcome> predictions;
  std::vector<settled_signal> signals;
};

struct outcome_counts {
  std::uint64_t predictions = 0, signals = 0; // settled
  std::uint64_t unknown = 0; // given up: a gap lay between, or their candle was not seen
};

/// Open signals followed at once; past it the oldest is given up. Four horizons and a time-out of
/// 288 candles make 1,152 a version.
inline constexpr std::size_t max_followed_signals = 4 * 4 * timeout_candles;

class outcome_tracker {
public:
  /// `cost_bp`: what a round trip costs in basis points of the price, taken off every result.
  outcome_tracker(symbol_name symbol, double cost_bp)
      : symbol_(std::move(symbol)), cost_(cost_bp / 1e4) {}

  /// Of the newest candle, as it was just said; the same again is harmless. A signal without a
  /// trade (entry, stop and target alike) has no outcome.
  void follow(const prediction& said);
  void follow(const signal& said);
  /// Left open earlier: each is followed from its own candle on, when that is pushed.
  void expect(open_rows rows);

  /// Takes the next candle. @pre `ranges` has it. O(1) amortised a prediction; each open signal is
  /// looked at.
  void push(const candle& c, const coming_ranges& ranges);
  /// A gap: what is open stays unknown.
  void restart();

  /// What was settled since it was last asked.
  settled_rows take_settled();
  const outcome_counts& counts() const { return counts_; }
  std::size_t open() const;

private:
  struct open_trade {
    open_signal what;
    followed_trade trade;
  };
  void open_one(const open_prediction& p);
  void open_one(const open_signal& s);
  void settle(std::size_t h, const coming_range& came);
  void settle(const open_signal& s, const barrier_outcome& came);

  symbol_name symbol_;
  double cost_;
  utc_ms newest_ = 0;
  std::array<std::deque<open_prediction>, horizons.size()> predictions_;
  std::vector<open_trade> trades_; // ascending in time
  open_rows expected_;             // ascending in time
  std::size_t next_prediction_ = 0, next_signal_ = 0;
  settled_rows settled_;
  outcome_counts counts_;
};

} // namespace troupe
