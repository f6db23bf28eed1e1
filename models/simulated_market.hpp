// A market that is made up, for demos, tests and first starts: regimes, clustered volatility, the
// daily rhythm of a real one, and (unless switched off) a drift in trends that can be learned.
// It knows no clock and draws no randomness from outside: same arguments, same candles, always.
#pragma once
#include "messages/candle.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace troupe {

/// What a symbol of the simulated market is like.
struct simulated_profile {
  double start_price = 0;
  double sigma = 0;  // base standard deviation of a 5-minute log return, as a fraction
  double volume = 0; // typical volume of a base candle
  int decimals = 0;  // prices are rounded to 10^-decimals
};

/// BTCUSDT, ETHUSDT, SOLUSDT and EURUSD have their own; any other is derived from its name.
simulated_profile simulated_profile_of(std::string_view symbol);

struct simulated_market_options {
  /// Plants ±0.25 sigma of drift per candle in trend regimes. Off: a driftless walk.
  bool drift = true;
  /// Says which base slots have no candle (a calendar's closures). Empty: trades around the clock.
  /// A closure longer than 14 days is taken for a mistake and traded through.
  std::function<bool(utc_ms open_time)> closed;
};

/// The candles of one symbol from `origin` on, in order. A copy continues on its own from where
/// the original stood.
class simulated_market {
public:
  /// `origin`: open time of the first candle (rounded down to a base slot, at least the first one
  /// after 1970). `start_price`: 0 (or not within 1e-6 to 1e9) for the symbol's own.
  simulated_market(std::uint64_t seed, std::string_view symbol, utc_ms origin,
                   double start_price = 0, simulated_market_options options = {});

  /// Makes the next candle. About 0.3 µs.
  candle next();

  /// Open time of the candle that next() will return.
  utc_ms next_open_time() const { return open_time_; }

private:
  enum regime : std::uint8_t { quiet, volatile_range, trend_up, trend_down };
  struct season {
    std::array<double, 288> sigma, volume;
  };
  struct path {
    double end = 0, high = 0, low = 0; // log moves from the open
  };

  std::uint64_t draw();
  double uniform();
  double normal();
  void enter_next_regime();
  void skip_closed_slots();
  path walk();
  double rounded(double log_move) const;

  std::array<std::uint64_t, 4> random_{};
  double spare_normal_ = 0;
  bool has_spare_ = false;

  simulated_profile profile_;
  double tick_inverse_ = 1;
  simulated_market_options options_;
  std::shared_ptr<const season> season_;

  utc_ms open_time_ = 0;
  double log_price_ = 0; // log of price / start price
  double close_ = 0;
  double variance_ratio_ = 1; // GARCH(1,1) around 1
  regime regime_ = quiet;
};

} // namespace troupe
