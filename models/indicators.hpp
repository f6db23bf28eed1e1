// Indicators of one stream of closed candles, folded in one candle at a time: each on its own, for
// whoever needs it at another length, and the set that a symbol reports. Not here: features, and
// any check of the candles, which candle_gate has admitted.
#pragma once
#include "messages/candle.hpp"
#include "messages/forecast.hpp"
#include "models/windows.hpp"

#include <algorithm>
#include <cstddef>

namespace troupe {

/// Exponential average, weight 2 / (N + 1), seeded with the mean of the first N (TA-Lib's way).
template<std::size_t N>
class ema : public smoothed<N> {
public:
  ema() : smoothed<N>(2.0 / (N + 1)) {}
  void restart() { *this = ema{}; }
};

/// Wilder's average: weight 1 / N.
template<std::size_t N>
class wilder : public smoothed<N> {
public:
  wilder() : smoothed<N>(1.0 / N) {}
  void restart() { *this = wilder{}; }
};

/// Wilder's relative strength index, 0 to 100; first value at the (N+1)th close. No loss: 100.
template<std::size_t N = 14>
class rsi {
public:
  void push(double close) {
    if (has_last_) {
      gains_.push(std::max(close - last_, 0.0));
      losses_.push(std::max(last_ - close, 0.0));
    }
    last_ = close;
    has_last_ = true;
  }
  void restart() { *this = rsi{}; }
  bool ready() const { return gains_.ready(); }
  /// @pre ready()
  double value() const {
    const double gain = gains_.value(), loss = losses_.value();
    return loss > 0 ? 100 - 100 / (1 + gain / loss) : 100;
  }

private:
  wilder<N> gains_, losses_;
  double last_ = 0;
  bool has_last_ = false;
};

/// Wilder's average true range in units of price. True ranges start with the second candle (they
/// need a close before them), so the first value comes with candle N+1.
template<std::size_t N = 14>
class atr {
public:
  void push(const candle& next) {
    if (has_last_) ranges_.push(std::max(next.high, last_close_) - std::min(next.low, last_close_));
    last_close_ = next.close;
    has_last_ = true;
  }
  void restart() { *this = atr{}; }
  bool ready() const { return ranges_.ready(); }
  /// @pre ready()
  double value() const { return ranges_.value(); }

private:
  wilder<N> ranges_;
  double last_close_ = 0;
  bool has_last_ = false;
};

/// MACD 12/26/9 in units of price; the signal line is seeded with the mean of the first nine
/// values, so everything is whole from the 34th close on.
class macd {
public:
  void push(double close) {
    fast_.push(close);
    slow_.push(close);
    if (slow_.ready()) signal_.push(value());
  }
  void restart() { *this = macd{}; }
  bool ready() const { return signal_.ready(); }
  /// Each @pre ready()
  double value() const { return fast_.value() - slow_.value(); }
  double signal() const { return signal_.value(); }
  double histogram() const { return value() - signal(); }
  /// The two averages it is made of.
  const ema<12>& fast() const { return fast_; }
  const ema<26>& slow() const { return slow_; }

private:
  ema<12> fast_;
  ema<26> slow_;
  ema<9> signal_;
};

/// Volume over the mean of the last N volumes, its own included; 1 when all of them are 0.
template<std::size_t N = 20>
class volume_ratio {
public:
  void push(double volume) { mean_.push(volume); }
  void restart() { *this = volume_ratio{}; }
  bool ready() const { return mean_.ready(); }
  /// @pre ready()
  double value() const {
    const double mean = mean_.value();
    return mean > 0 ? mean_.values().newest() / mean : 1;
  }

private:
  window_mean<N> mean_;
};

/// Everything an indicator_report says but the AMD phase, O(1) per candle.
class indicators {
public:
  /// Candles until the longest window (sma50) is whole.
  static constexpr std::size_t warmup = 50;

  /// Takes the next closed candle in. @pre admitted by candle_gate
  void push(const candle& next);

  /// Forgets everything, after a gap.
  void restart() { *this = indicators{}; }
  bool ready() const { return sma50_.ready(); }

  /// Each @pre ready(). Units of price, but for rsi (0 to 100), volatility and volume_ratio.
  double sma10() const { return sma10_.value(); }
  double sma20() const { return bands_.mean(); }
  double sma50() const { return sma50_.value(); }
  double ema12() const { return macd_.fast().value(); }
  double ema26() const { return macd_.slow().value(); }
  double rsi14() const { return rsi_.value(); }
  double macd_value() const { return macd_.value(); }
  double macd_signal() const { return macd_.signal(); }
  double macd_histogram() const { return macd_.histogram(); }
  double atr14() const { return atr_.value(); }
  double bollinger_middle() const { return bands_.mean(); }
  double bollinger_upper() const { return bands_.mean() + 2 * bands_.deviation(); }
  double bollinger_lower() const { return bands_.mean() - 2 * bands_.deviation(); }
  /// Population standard deviation of the last 20 five-minute log returns, a fraction.
  double volatility() const { return returns_.deviation(); }
  double volume_ratio20() const { return volume_ratio_.value(); }

  /// The report of the last candle; symbol and AMD phase are left to the caller. @pre ready()
  indicator_report report() const;

private:
  window_mean<10> sma10_;
  window_mean<50> sma50_;
  window_deviation<20> bands_, returns_;
  macd macd_;
  rsi<14> rsi_;
  atr<14> atr_;
  volume_ratio<20> volume_ratio_;
  double last_close_ = 0;
  utc_ms last_time_ = 0;
};

} // namespace troupe
